import { userInfo } from 'node:os';
import { ContinuumError } from '@continuum/contract/errors';
import { FindingId, MessageId } from '@continuum/contract/ids';
import type { Command } from 'commander';
import { sessionOf } from '../output.ts';

/** `continuum say` and `continuum feedback`: talk and correct from the command line. */
export function addRooms(program: Command): void {
  program
    .command('say')
    .description('say something in a room')
    .argument('<text>')
    .option('--room <room>', 'which room', 'dev-updates')
    .option('--as <author>', 'who says it', userInfo().username)
    .option('--reply-to <message>', 'answer this message')
    .action(async (text: string, flags: { room: string; as: string; replyTo?: string }, command: Command) => {
      const session = sessionOf(command);
      const replyTo = flags.replyTo === undefined ? {} : { replyTo: MessageId.parse(flags.replyTo) };
      const message = await session.client.say(flags.room, { author: flags.as, text, ...replyTo });
      session.print(message, ({ id }) => id);
    });
  program
    .command('feedback')
    .description('judge a finding: right, wrong, up, down, or edit=TEXT')
    .argument('<finding>')
    .argument('<verdict>')
    .argument('[reason]', 'why, in your own words: this is what is learned from', '')
    .option('--as <author>', 'who judges', userInfo().username)
    .action(async (finding: string, verdict: string, reason: string, flags: { as: string }, command: Command) => {
      const session = sessionOf(command);
      const body = { findingId: FindingId.parse(finding), author: flags.as, reason, ...toFeedback(verdict) };
      const answer = await session.client.feedback(body);
      session.print(answer, ({ id, learned }) => `${id}: ${LEARNED[learned]}`);
    });
}

const LEARNED = {
  active: 'learned, it counts from the next review on',
  quarantined: 'kept in quarantine until somebody who may teach approves it',
  nothing: 'noted, nothing to learn from it',
} as const;

function toFeedback(verdict: string): { kind: 'correction' | 'confirmation' | 'thumbs' | 'edit'; value: string } {
  if (verdict === 'wrong') return { kind: 'correction', value: 'wrong' };
  if (verdict === 'right') return { kind: 'confirmation', value: 'right' };
  if (verdict === 'up' || verdict === 'down') return { kind: 'thumbs', value: verdict };
  if (verdict.startsWith('edit=')) return { kind: 'edit', value: verdict.slice('edit='.length) };
  throw new ContinuumError('INVALID_INPUT', `${JSON.stringify(verdict)} is no verdict`, {
    next: 'Use right, wrong, up, down, or edit=TEXT.',
  });
}
