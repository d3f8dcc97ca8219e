import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { progress } from '@mainstay/platform/terminal';

/** Copies journal and logs to a new folder, because the folder of the run is deleted. */
export async function keepEvidence(directory: string, findings: object): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), 'mainstay-evidence-'));
  for (const name of ['logs', 'journal.jsonl']) await cp(join(directory, name), join(place, name), { recursive: true });
  await writeFile(
    join(place, 'findings.json'),
    JSON.stringify(findings, (_, value) => (value instanceof Map ? [...value] : value), 2),
  );
  progress(`The evidence is kept in ${place}`);
}
