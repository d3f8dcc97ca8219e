import { chmod, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file as a whole. Readers never see a part of it, and it is on the disk before the function returns.
 * @param owner gets the file; without root nobody else can get it
 */
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
