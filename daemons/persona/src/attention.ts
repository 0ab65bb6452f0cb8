import type { EventPayload } from '@continuum/contract/event';
import type { PersonaDefinition } from '@continuum/contract/persona';
import type { Message } from '@continuum/contract/room';
import type { Situation } from '@continuum/persona/attention';
import { isQuestion } from '@continuum/persona/speech';
import { takeTurn } from '@continuum/persona/turn';
import { commandWords } from '@continuum/room/command';
import { findingOf, threadRoot } from '@continuum/room/thread';
import { answerTo, type Question } from './answering/answer.ts';
import { draftTeller } from './answering/drafts.ts';
import { questionIn } from './answering/question.ts';
import { isCommand, obey } from './commands/obey.ts';
import { answerMessageId } from './identity.ts';
import { sayReply } from './replies.ts';
import type { PersonaRuntime } from './runtime.ts';
import type { Turns } from './turns.ts';

/** The span that the rate limits look back over at most, in ms. */
const LATELY_MS = 60_000;

/**
 * A message is a command, wants an answer of one of us, or, most of the time, none. One after the other in a thread: what a
 * persona answers counts for what comes after it.
 */
export async function onMessage(
  runtime: PersonaRuntime,
  turns: Turns,
  { messageId }: EventPayload<'room:message'>,
  signal?: AbortSignal,
): Promise<void> {
  const message = await runtime.store.rooms.message(messageId);
  if (message === undefined || message.author.kind === 'system' || message.findingId !== undefined) return;
  const command = message.author.kind === 'person' ? commandIn(runtime, message.text) : undefined;
  if (command !== undefined) return obey(runtime, message, command.words, command.persona);
  await turns.take(threadRoot(message), (lost) => {
    const over = signal === undefined ? lost : AbortSignal.any([lost, signal]);
    return converse(runtime, message, over);
  });
}

/** Our name with what is no question is a command; a persona's name only with the words of one. */
function commandIn(
  { personas }: PersonaRuntime,
  text: string,
): { readonly words: string; readonly persona?: PersonaDefinition } | undefined {
  const ours = commandWords(text);
  if (ours !== undefined) return isCommand(ours) || !isQuestion(ours) ? { words: ours } : undefined;
  for (const persona of personas) {
    const words = commandWords(text, persona.id);
    if (words !== undefined && isCommand(words)) return { words, persona };
  }
  return undefined;
}

async function converse(runtime: PersonaRuntime, message: Message, signal: AbortSignal): Promise<void> {
  const { store, personas, log } = runtime;
  const thread = await store.rooms.thread(threadRoot(message));
  const findingId = findingOf(message, thread);
  const finding = findingId === undefined ? undefined : await store.reviews.finding(findingId);
  const asked = await questionIn(runtime, commandWords(message.text) ?? message.text, message, thread, finding);
  const situations = await Promise.all(personas.map((persona) => situationOf(runtime, persona, message, thread)));
  const turn = takeTurn(situations, { scopes: asked.scopes, category: finding?.category });
  log.debug({ message: message.id, speakers: turn.speakers.map(({ id }) => id) }, turn.reasons.join('; '));
  for (const persona of turn.speakers) await answer(runtime, persona, message, asked, signal);
  // What was asked of nobody in particular is answered by whoever knows; nobody says there that they do not.
  if (turn.standby !== undefined) await answer(runtime, turn.standby, message, asked, signal, true);
}

async function situationOf(
  { store, now }: PersonaRuntime,
  persona: PersonaDefinition,
  message: Message,
  thread: readonly Message[],
): Promise<Situation> {
  const at = now();
  const since = new Date(at.getTime() - LATELY_MS);
  const recent = await store.rooms.saidBy({ kind: 'persona', id: persona.id }, since);
  return { message, persona, thread, recent, now: at };
}

async function answer(
  runtime: PersonaRuntime,
  persona: PersonaDefinition,
  message: Message,
  question: Question,
  signal: AbortSignal,
  onlyIfKnown = false,
): Promise<void> {
  const reply = toReply(runtime, persona, message);
  const { known, text } = await answerTo(runtime, persona, question, {
    onDraft: draftTeller(runtime.bus, reply),
    signal,
  });
  if (!known && onlyIfKnown) return;
  await sayReply(runtime, { ...reply, text }, message, question.finding);
}

function toReply(runtime: PersonaRuntime, persona: PersonaDefinition, message: Message): Omit<Message, 'text'> {
  return {
    id: answerMessageId(persona.id, message.id),
    roomId: message.roomId,
    threadId: threadRoot(message),
    replyTo: message.id,
    author: { kind: 'persona', id: persona.id, name: persona.name },
    source: { kind: 'system' },
    hop: message.author.kind === 'persona' ? message.hop + 1 : 1,
    at: runtime.now().toISOString(),
  };
}
