import { resolve } from 'node:path';
import type { BackupSummary, Progress } from '@continuum/host/backup/verify';
import type { Command } from 'commander';
import { type Session, sessionOf } from '../output.ts';

const SHOWN_MS = 500;
const MEBIBYTE = 2 ** 20;

/** `continuum backup`: everything into a new folder while the system runs, and whether a backup is whole. */
export function addBackup(program: Command): void {
  const backup = program.command('backup').description('copies of store, journal, layers, keys and definitions');
  backup
    .command('create', { isDefault: true })
    .description("write a backup into a new folder on the server's machine; everybody works on meanwhile")
    .argument('<folder>')
    .action(async (folder: string, _flags: unknown, command: Command) => {
      const session = sessionOf(command);
      const made = await during(session, 'backing up', () => session.client.backup(resolve(folder)));
      session.print(made, (backup) => `${backup.folder}: ${amount(backup)} in ${(backup.ms / 1000).toFixed(1)} s`);
    });
  backup
    .command('verify')
    .description('read every byte of a backup and check it')
    .argument('<folder>')
    .action(async (folder: string, _flags: unknown, command: Command) => {
      const session = sessionOf(command);
      const { verifyBackup } = await import('@continuum/host/backup/verify');
      const progress = progressOf(session);
      session.print(
        await verifyBackup(resolve(folder), progress),
        (found) => `${found.folder}: whole, ${content(found)}`,
      );
    });
}

/** `continuum restore`: a system out of a backup, where the settings say and nothing is yet. */
export function addRestore(program: Command): void {
  program
    .command('restore')
    .description('make a system out of a backup, in an empty CONTINUUM_HOME and an empty database; it must not run')
    .argument('<folder>')
    .action(async (folder: string, _flags: unknown, command: Command) => {
      const session = sessionOf(command);
      const { restoreBackup } = await import('@continuum/host/backup/restore');
      const { readSettings } = await import('@continuum/host/settings');
      const settings = readSettings(process.env);
      const restored = await restoreBackup(resolve(folder), settings, progressOf(session));
      const home = resolve(settings.home);
      session.print(
        { ...restored, home },
        (found) => `${home}: restored, ${content(found)}; start it with continuum start`,
      );
    });
}

function amount({ files, bytes }: { readonly files: number; readonly bytes: number }): string {
  return `${files} files, ${(bytes / MEBIBYTE).toFixed(1)} MiB`;
}

function content(found: BackupSummary): string {
  return `${amount(found)}, ${found.rows} rows, as of ${found.at}`;
}

/** One line on standard error that says what is being done, where a person watches. */
function progressOf({ json }: Session): Progress {
  if (json || !process.stderr.isTTY) return () => {};
  let shown = 0;
  process.once('exit', () => process.stderr.write('\r\u001b[K'));
  return (doing) => {
    if (performance.now() - shown < SHOWN_MS) return;
    shown = performance.now();
    process.stderr.write(`\r\u001b[K${doing}`);
  };
}

/** Says how long somebody else has been at it. */
async function during<T>(session: Session, doing: string, work: () => Promise<T>): Promise<T> {
  const progress = progressOf(session);
  const began = performance.now();
  const timer = setInterval(() => progress(`${doing}, ${Math.round((performance.now() - began) / 1000)} s`), 1000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
