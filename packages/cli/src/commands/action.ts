import type { Command } from 'commander';
import { sessionOf } from '../output.ts';

/** `continuum action`: one step of a workflow of GitHub Actions, without a server. */
export function addAction(program: Command): void {
  program
    .command('action')
    .description('review the event of a GitHub Actions workflow; docs/action.md shows how')
    .action(async (_flags: unknown, command: Command) => {
      const { runAction } = await import('../action/run.ts');
      const made = await runAction(process.env);
      const { findings, posted, lessons, failed } = made;
      sessionOf(command).print(made, () => `${findings} findings, ${posted} new comments, ${lessons} lessons to keep`);
      if (failed) process.exitCode = 1;
    });
}
