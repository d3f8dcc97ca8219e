import { chmod, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces a file. Readers never see a partial file, and the file is on the disk when the function returns. */
export async function writeWhole(file: string, text: string, mode: number, owner?: number): Promise<void> {
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(text);
    if (owner !== undefined && process.getuid?.() === 0) await handle.chown(owner, owner);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(`${file}.new`, mode);
  await rename(`${file}.new`, file);
  const folder = await open(dirname(file));
  await folder.sync().finally(() => folder.close());
}

/** Returns the text of a file. Makes a missing file, which only this user can read. */
export async function keptText(file: string, make: () => string | Promise<string>): Promise<string> {
  const kept = await readIfPresent(file);
  if (kept !== undefined) return kept;
  const text = await make();
  await writeWhole(file, text, 0o600);
  return text;
}

export async function readIfPresent(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
