import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { syncFolder, writeDurably } from './files.ts';

const markOf = (home: string): string => join(home, 'restore-unfinished');

/** Notes that what lies in a home is only part of a system. */
export function markUnfinished(home: string): Promise<void> {
  return writeDurably(markOf(home), 'A backup is being restored here, or that was cut off.\n');
}

/** Everything is there now. */
export async function markFinished(home: string): Promise<void> {
  await rm(markOf(home));
  await syncFolder(home);
}

/** Throws STORE_CORRUPT where a restore was cut off: part of a system would forget what it had promised. */
export async function assertFinished(home: string): Promise<void> {
  const isMarked = await access(markOf(home)).then(
    () => true,
    () => false,
  );
  if (!isMarked) return;
  throw new ContinuumError('STORE_CORRUPT', `The restore into ${home} was cut off`, {
    next: 'Remove that folder (and empty the database, if DATABASE_URL is set), then run `continuum restore` again.',
  });
}
