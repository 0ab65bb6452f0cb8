import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { RepoName } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import type { MessageView } from '@continuum/contract/http';
import type { Evidence } from '@continuum/contract/knowledge';
import type { ContinuumClient } from '@continuum/sdk/client';
import type { Command } from 'commander';
import { type Session, sessionOf } from '../output.ts';

const POLL_MS = 250;

interface Flags {
  readonly repo?: string;
  readonly room?: string | true;
  readonly as: string;
  readonly wait: string;
}

/** `continuum ask`: what the team knows about a question, here or in a room for everybody to see. */
export function addAsk(program: Command): void {
  program
    .command('ask')
    .description('ask what the team knows: an answer with its sources, or an honest no')
    .argument('<question>')
    .option('--repo <owner/name>', 'tell nothing of any other repository')
    .option(
      '--room [room]',
      'ask in a room, where everybody sees question and answer (dev-updates when it has no name)',
    )
    .option('--as <author>', 'who asks in the room', userInfo().username)
    .option('--wait <seconds>', 'how long to wait for an answer in the room', '90')
    .action(async (question: string, flags: Flags, command: Command) => {
      const session = sessionOf(command);
      if (flags.room !== undefined)
        return askInRoom(session, question, flags.room === true ? 'dev-updates' : flags.room, flags);
      const repo = flags.repo === undefined ? {} : { repo: RepoName.parse(flags.repo) };
      const answer = await session.client.ask({ question, ...repo });
      session.print(answer, ({ text, evidence }) => [text, ...links(evidence)].join('\n\n'));
    });
}

/** Where a terminal shows no links, their addresses. */
function links(evidence: readonly Evidence[]): string[] {
  const all = [...new Set(evidence.flatMap(({ link }) => link ?? []))];
  return all.length === 0 ? [] : [all.join('\n')];
}

async function askInRoom(session: Session, question: string, room: string, { as, wait }: Flags): Promise<void> {
  const { id } = await session.client.say(room, { author: as, text: `@continuum ${question}` });
  const answers = await answersTo(session.client, id, Number(wait));
  session.print(answers, (all) => all.map(({ author, text }) => `${author.name}: ${text}`).join('\n\n'));
}

async function answersTo(client: ContinuumClient, id: string, seconds: number): Promise<MessageView[]> {
  const until = performance.now() + 1000 * (Number.isFinite(seconds) ? seconds : 90);
  for (;;) {
    const answers = (await client.thread(id)).filter(({ replyTo }) => replyTo === id);
    if (answers.length > 0) return answers;
    if (performance.now() > until) {
      throw new ContinuumError('NOT_FOUND', 'nobody answered in time', {
        next: `See the thread of ${id} in the room.`,
      });
    }
    await sleep(POLL_MS);
  }
}
