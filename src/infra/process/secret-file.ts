// Secrets that are made once and kept in DATA_DIR, readable by their owner alone.
import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

const newSecret = (): string => randomBytes(32).toString('base64url');

/** `created` tells a first start from a later one. */
export const secretOf = async (
  dataDir: string,
  name: string,
  make: () => string = newSecret,
): Promise<{ secret: string; created: boolean }> => {
  const file = join(dataDir, name);
  const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (known.trim() !== '') return { secret: known.trim(), created: false };
  const secret = make();
  // Durable before it is used: tokens signed with a secret that a crash forgets would lock people out.
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(`${secret}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  // The name stands in the folder: without this a power cut could still take it back.
  const folder = await open(dataDir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return { secret, created: true };
};
