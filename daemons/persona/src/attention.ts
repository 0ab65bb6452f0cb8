import type { EventPayload } from '@continuum/contract/event';
import type { PersonaDefinition } from '@continuum/contract/persona';
import type { Message } from '@continuum/contract/room';
import { type Answer, answerQuestion } from '@continuum/persona/answer';
import { shouldRespond } from '@continuum/persona/attention';
import { commandWords } from '@continuum/room/command';
import { codeBlock, escapeText } from '@continuum/room/escape';
import { findingOf, threadRoot } from '@continuum/room/thread';
import { obey } from './commands/obey.ts';
import { answerMessageId } from './identity.ts';
import { sayReply } from './replies.ts';
import type { PersonaRuntime } from './runtime.ts';

const RECENT = 50;

/** Every persona decides for itself whether a message wants its answer; most of the time none does. */
export async function onMessage(runtime: PersonaRuntime, { messageId }: EventPayload<'room:message'>): Promise<void> {
  const message = await runtime.store.rooms.message(messageId);
  if (message === undefined || message.author.kind === 'system' || message.findingId !== undefined) return;
  const words = message.author.kind === 'person' ? commandWords(message.text) : undefined;
  if (words !== undefined) return obey(runtime, message, words);
  // Read once; what a persona answers counts for those after it: the first has the turn.
  const thread = await runtime.store.rooms.thread(threadRoot(message));
  for (const persona of runtime.personas) thread.push(...(await considerAnswer(runtime, persona, message, thread)));
}

/** The reply, if there is one. */
async function considerAnswer(
  runtime: PersonaRuntime,
  persona: PersonaDefinition,
  message: Message,
  thread: readonly Message[],
): Promise<Message[]> {
  const { store, log } = runtime;
  const recent = await store.rooms.messages(message.roomId, { limit: RECENT });
  const { respond, reason } = shouldRespond({ message, persona, thread, recent, now: runtime.now() });
  log.debug({ persona: persona.id, message: message.id, respond }, reason);
  if (!respond) return [];
  const id = findingOf(message, thread);
  const finding = id === undefined ? undefined : await store.reviews.finding(id);
  const answer = finding === undefined ? NOTHING_TO_GO_BY : answerQuestion(message.text, finding);
  const reply = toReply(runtime, persona, message, answer);
  await sayReply(runtime, reply, message, finding);
  return [reply];
}

const NOTHING_TO_GO_BY: Answer = {
  known: false,
  text: "I don't know: this thread is about none of my findings. Ask me in the thread of one.",
  links: [],
};

function toReply(runtime: PersonaRuntime, persona: PersonaDefinition, message: Message, answer: Answer): Message {
  const code = answer.code === undefined ? [] : [codeBlock(answer.code, '')];
  return {
    id: answerMessageId(persona.id, message.id),
    roomId: message.roomId,
    threadId: threadRoot(message),
    replyTo: message.id,
    author: { kind: 'persona', id: persona.id, name: persona.name },
    text: [escapeText(answer.text), ...code, ...answer.links.map((link) => `<${link}>`)].join('\n\n'),
    source: { kind: 'system' },
    hop: message.author.kind === 'persona' ? message.hop + 1 : 1,
    at: runtime.now().toISOString(),
  };
}
