import type { Command } from 'commander';
import { root } from '../root.ts';
import { runUntilSignal } from '../run.ts';

/** `continuum daemon <kind>`: one daemon in this process, sharing NATS and PostgreSQL with the others. */
export function addDaemon(program: Command): void {
  const daemon = program.command('daemon').description('run one daemon of a system of many processes');
  for (const [kind, description] of KINDS) {
    daemon
      .command(kind)
      .description(description)
      .action(async () => {
        const { startDaemon } = await import('@continuum/daemon-continuum/continuum');
        const { readSettings } = await import('@continuum/host/settings');
        const { withSettingsFiles } = await import('@continuum/host/settings/files');
        const settings = readSettings(await withSettingsFiles(process.env));
        await runUntilSignal(() => startDaemon(kind, settings, root));
      });
  }
}

const KINDS = [
  ['intake', 'takes webhooks in and hands them on; its journal is its own'],
  ['persona', 'reviews, answers, and writes to the code host'],
  ['training', 'learns from people and makes layers; one of them at a time'],
  ['genome', 'knows the scopes and their layers'],
  ['gateway', 'the API and the web room'],
] as const;
