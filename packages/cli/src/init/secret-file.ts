import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';

/** Writes a new file that nobody else may read, mode 0600. Throws CONFLICT when it is there: secrets are not overwritten. */
export async function writeSecretFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new ContinuumError('CONFLICT', `${file} is there already`, {
      next: 'Move it away first, or keep what it says.',
    });
  }
}
