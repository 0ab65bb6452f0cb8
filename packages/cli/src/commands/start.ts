import type { Command } from 'commander';
import { root } from '../root.ts';

/** `continuum start`: the whole system in this process until a signal ends it. */
export function addStart(program: Command): void {
  program
    .command('start')
    .description('run the whole system')
    .action(async () => {
      const { startContinuum } = await import('@continuum/daemon-continuum/continuum');
      const { readSettings } = await import('@continuum/host/settings');
      const system = await startContinuum(readSettings(process.env), root);
      console.log(system.welcome);
      await untilSignal();
      await system.stop();
    });
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
