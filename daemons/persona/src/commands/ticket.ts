import type { Tracker } from '@continuum/contract/ports/tracker';
import { escapeLine, link } from '@continuum/room/escape';
import type { PersonaRuntime } from '../runtime.ts';
import { assertMayChange } from './authority.ts';
import type { CommandWord } from './command-word.ts';

const WORDS = /^([A-Z][A-Z0-9_]{0,19}-[1-9]\d{0,8})\s+(\S[\s\S]*)$/;
const LONGEST = 20_000;

/** `ticket`: what should stand on a ticket is written there from wherever people talk. */
export const ticket: CommandWord = {
  words: 'ticket',
  usage: 'ticket <key> <words>',
  summary: 'writes your words, under your name, on a ticket in Linear or Jira.',
  async obey(runtime, asked) {
    await assertMayChange(runtime, asked);
    if (runtime.trackers.length === 0) return 'No tracker is connected.';
    const [, key, words] = WORDS.exec(asked.rest) ?? [];
    if (key === undefined || words === undefined) return 'Say on which ticket, and what: `ticket ENG-42 <words>`.';
    const tracker = await trackerWith(runtime, key);
    if (tracker === undefined) return `No tracker shows me ${key}.`;
    const { author, message } = asked;
    const input = { ticket: key, body: `${words.slice(0, LONGEST)}\n\n_${escapeLine(author.name)}_` };
    const command = tracker.source === 'jira' ? 'jira/comment' : 'linear/comment';
    await runtime.commands.enqueue(command, input, `ticket:${message.id}`);
    return `It stands on ${link(key, (await tracker.ticket(key))?.url)} in a moment.`;
  },
};

async function trackerWith({ trackers }: PersonaRuntime, key: string): Promise<Tracker | undefined> {
  for (const tracker of trackers) if ((await tracker.ticket(key)) !== undefined) return tracker;
  return undefined;
}
