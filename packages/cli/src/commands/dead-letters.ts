import { ContinuumError } from '@continuum/contract/errors';
import type { DeadLetterView } from '@continuum/contract/http';
import type { Command } from 'commander';
import { sessionOf } from '../output.ts';

const MOST = 1000;

/** `continuum dead-letters`: what its consumers gave up on, and the way back. */
export function addDeadLetters(program: Command): void {
  const letters = program
    .command('dead-letters')
    .description('events that their consumers gave up on, and external effects (consumer outbox)');
  letters
    .command('list', { isDefault: true })
    .description('all of them, newest first')
    .action(async (_flags: unknown, command: Command) => {
      const session = sessionOf(command);
      session.print(await session.client.deadLetters({ limit: MOST }), (all) => all.map(lineOf).join('\n') || 'none');
    });
  letters
    .command('replay')
    .description('offer one to its consumer again, or all of them')
    .argument('[consumer]')
    .argument('[id]')
    .option('--all', 'every one that there is now')
    .action(
      async (consumer: string | undefined, id: string | undefined, flags: { all?: boolean }, command: Command) => {
        const session = sessionOf(command);
        const chosen = flags.all === true ? await session.client.deadLetters({ limit: MOST }) : [named(consumer, id)];
        for (const letter of chosen) await session.client.replayDeadLetter(letter.consumer, letter.id);
        session.print({ replayed: chosen.length }, ({ replayed }) => `${replayed} back in line`);
      },
    );
}

function named(consumer: string | undefined, id: string | undefined): { consumer: string; id: string } {
  if (consumer !== undefined && id !== undefined) return { consumer, id };
  throw new ContinuumError('INVALID_INPUT', 'which one is not said', {
    next: 'Name consumer and id as `continuum dead-letters` lists them, or say --all.',
  });
}

function lineOf({ consumer, id, name, deliveries, error, at }: DeadLetterView): string {
  return `${at} ${consumer} ${id} ${name}, tried ${deliveries} times: ${error}`;
}
