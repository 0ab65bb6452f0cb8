import { toContinuumError } from '@continuum/contract/errors';
import { MessageId } from '@continuum/contract/ids';
import type { Author, Message } from '@continuum/contract/room';
import { escapeText } from '@continuum/room/escape';
import { findingOf, threadRoot } from '@continuum/room/thread';
import { sayReply } from '../replies.ts';
import type { PersonaRuntime } from '../runtime.ts';
import type { Asked, CommandWord } from './command-word.ts';
import { COMMAND_WORDS } from './table.ts';

const SYSTEM: Author = { kind: 'system', id: 'continuum', name: 'Continuum' };

/** Runs a command from a message and answers in its thread. An error of ours is an answer too; one worth a retry is thrown. */
export async function obey(runtime: PersonaRuntime, message: Message, words: string): Promise<void> {
  const thread = await runtime.store.rooms.thread(threadRoot(message));
  const id = findingOf(message, thread);
  const finding = id === undefined ? undefined : await runtime.store.reviews.finding(id);
  const [command, rest] = commandIn(words);
  const text = await run(runtime, command, { rest, author: message.author, message, thread, finding });
  if (text === undefined) return;
  await sayReply(runtime, toReply(message, text, runtime.now()), message, finding);
}

async function run(
  runtime: PersonaRuntime,
  command: CommandWord | undefined,
  asked: Asked,
): Promise<string | undefined> {
  if (command === undefined) return help();
  try {
    return await command.obey(runtime, asked);
  } catch (thrown) {
    const error = toContinuumError(thrown);
    if (error.retryable || error.code === 'INTERNAL') throw thrown;
    return escapeText(error.next === undefined ? error.message : `${error.message}. ${error.next}`);
  }
}

/** The command whose words come first, the longest of them, and the text behind it with its own spaces and lines. */
function commandIn(text: string): [CommandWord | undefined, string] {
  const said = text.trim().split(/\s+/);
  const fits = COMMAND_WORDS.filter(({ words }) => said.slice(0, count(words)).join(' ').toLowerCase() === words);
  const command = fits.toSorted((one, other) => count(other.words) - count(one.words))[0];
  if (command === undefined) return [undefined, text];
  const first = new RegExp(`^\\s*(?:\\S+\\s+){${count(command.words) - 1}}\\S+`);
  return [command, text.replace(first, '').trim()];
}

function count(words: string): number {
  return words.split(' ').length;
}

/** What can be asked of us. */
function help(): string {
  const lines = COMMAND_WORDS.map(({ usage, summary }) => `- \`@continuum ${usage}\` ${summary}`);
  return ['I can do this:', ...lines].join('\n');
}

function toReply(message: Message, text: string, now: Date): Message {
  return {
    id: MessageId.parse(`${message.id}_done`),
    roomId: message.roomId,
    threadId: threadRoot(message),
    replyTo: message.id,
    author: SYSTEM,
    text,
    source: { kind: 'system' },
    hop: 1,
    at: now.toISOString(),
  };
}
