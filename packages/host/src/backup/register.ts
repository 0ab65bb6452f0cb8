import type { Core } from '../runtime.ts';
import { type BackupParts, createBackup } from './create.ts';

/** Handles `backup/create` in this process, one at a time. */
export function registerBackup(runtime: BackupParts & Pick<Core, 'commands' | 'log'>): void {
  let last: Promise<unknown> = Promise.resolve();
  runtime.commands.register('backup/create', ({ folder }) => {
    const mine = last.then(() => createBackup(runtime, folder));
    last = mine.then(
      (made) => runtime.log.info(made, 'a backup was made'),
      (error: unknown) => runtime.log.error({ err: error, folder }, 'no backup was made'),
    );
    return mine;
  });
}
