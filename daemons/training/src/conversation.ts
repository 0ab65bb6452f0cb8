import type { EventPayload } from '@continuum/contract/event';
import type { Finding } from '@continuum/contract/finding';
import { Author, type Message, MessageSource } from '@continuum/contract/room';
import { commandWords } from '@continuum/room/command';
import { findingOf, threadRoot } from '@continuum/room/thread';
import { classifyReply, reactionVerdict } from '@continuum/training/classify';
import { keepConsensus } from './consensus.ts';
import { learnFromDialogue } from './dialogue.ts';
import { learn, type Observation } from './learn.ts';
import type { TrainingRuntime } from './runtime.ts';
import { takeBack } from './take-back.ts';

/** The finding a message belongs to by its thread, if any. */
export async function findingOfMessage(runtime: TrainingRuntime, message: Message): Promise<Finding | undefined> {
  const thread = await runtime.store.rooms.thread(threadRoot(message));
  const id = findingOf(message, thread);
  return id === undefined ? undefined : runtime.store.reviews.finding(id);
}

/** Reads what somebody said about a finding and learns from it; corrections in conversation about none are learned from too. */
export async function onMessage(runtime: TrainingRuntime, { messageId }: EventPayload<'room:message'>): Promise<void> {
  const message = await runtime.store.rooms.message(messageId);
  if (message === undefined || message.author.kind === 'system') return;
  // Commands do what they say; their words teach nobody besides.
  if (commandWords(message.text) !== undefined) return;
  if (message.text === '') return takeBack(runtime, { messageId: message.id }, message.author);
  // A persona's own announcement is what the others talk about.
  if (message.author.kind === 'persona' && message.findingId !== undefined) return;
  const finding = await findingOfMessage(runtime, message);
  if (message.author.kind === 'persona') {
    if (finding !== undefined) await keepConsensus(runtime, message, finding);
    return;
  }
  // "Perfect" after a persona's fix speaks of the fix, not of the finding.
  if ((await learnFromDialogue(runtime, message, finding)) || finding === undefined) return;
  await learn(runtime, observe(message, finding));
}

function observe(message: Message, finding: Finding): Observation {
  const reply = classifyReply(message.text, { aboutFinding: true, authorKind: message.author.kind });
  return {
    finding,
    signal: reply.signal,
    verdict: reply.verdict,
    reason: message.text,
    confidence: reply.confidence,
    author: message.author,
    source: message.source,
    messageIds: [message.id],
    roomId: message.roomId,
    at: message.editedAt ?? message.at,
  };
}

/** A thumb on the message that announced a finding is a judgement of it; on a reply it is about the reply. `at`: when, ISO 8601. */
export async function onReaction(
  runtime: TrainingRuntime,
  payload: EventPayload<'room:reaction'>,
  at: string,
): Promise<void> {
  const verdict = reactionVerdict(payload.emoji);
  const author = Author.safeParse(payload.author);
  const message = await runtime.store.rooms.message(payload.messageId);
  if (verdict === undefined || !author.success || message?.findingId === undefined) return;
  const finding = await runtime.store.reviews.finding(message.findingId);
  if (finding === undefined) return;
  if (payload.removed === true) return takeBack(runtime, { thumbOn: finding, verdict }, author.data);
  const kind = MessageSource.shape.kind.safeParse(payload.source);
  await learn(runtime, {
    finding,
    signal: verdict === 'decline' ? 'correction' : 'confirmation',
    verdict,
    reason: '',
    confidence: 1,
    author: author.data,
    source: { kind: kind.success ? kind.data : 'system' },
    messageIds: [message.id],
    roomId: message.roomId,
    at,
  });
}
