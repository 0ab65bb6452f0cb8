import type { Command } from 'commander';
import { root } from '../root.ts';
import { runUntilSignal } from '../run.ts';

/** `continuum start`: the whole system in this process until a signal ends it. */
export function addStart(program: Command): void {
  program
    .command('start')
    .description('run the whole system in this process')
    .action(async () => {
      const { readSettings } = await import('@continuum/host/settings');
      const { withSettingsFiles } = await import('@continuum/host/settings/files');
      const settings = readSettings(await withSettingsFiles(process.env));
      const { startContinuum } = await import('@continuum/daemon-continuum/continuum');
      await runUntilSignal(() => startContinuum(settings, root));
    });
}
