import type { CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { EventPayload } from '@continuum/contract/event';
import type { Finding } from '@continuum/contract/finding';
import { EventId, FeedbackId, newId } from '@continuum/contract/ids';
import type { Feedback, Memory, Signal } from '@continuum/contract/learning';
import { transactAndTell } from '@continuum/host/tell';
import { findingOfMessage } from './conversation.ts';
import { type Learned, learn } from './learn.ts';
import type { TrainingRuntime } from './runtime.ts';

/**
 * Stores explicit feedback and learns from it in the same call. The durable subscriber sees it again and finds it done,
 * or finishes it after a crash. Throws NOT_FOUND when what it is about does not exist, INVALID_INPUT when it names nothing.
 */
export async function giveFeedback(
  runtime: TrainingRuntime,
  input: CommandParsed<'feedback/give'>,
): Promise<CommandOutput<'feedback/give'>> {
  const now = runtime.now();
  const id = input.id ?? FeedbackId.parse(newId('fb', now.getTime()));
  const known = input.id === undefined ? undefined : await runtime.store.learning.feedback(id);
  const given = { ...input, id, at: now.toISOString(), source: input.source ?? { kind: 'api' as const } };
  const feedback = known ?? given;
  await assertKnown(runtime, feedback);
  await transactAndTell(runtime, async (store, tell) => {
    await store.learning.addFeedback(feedback);
    await tell('feedback:given', { feedbackId: id }, EventId.parse(`evt_${id}`));
  });
  return { ...feedback, learned: await learnFromFeedback(runtime, feedback) };
}

async function assertKnown(runtime: TrainingRuntime, { findingId, messageId }: Feedback): Promise<void> {
  const { reviews, rooms } = runtime.store;
  if (findingId === undefined && messageId === undefined) {
    throw new ContinuumError('INVALID_INPUT', 'feedback is about nothing', {
      next: 'Name a findingId or a messageId.',
    });
  }
  if (findingId !== undefined && (await reviews.finding(findingId)) === undefined) throw missing('finding', findingId);
  if (messageId !== undefined && (await rooms.message(messageId)) === undefined) throw missing('message', messageId);
}

function missing(what: string, id: string): ContinuumError {
  return new ContinuumError('NOT_FOUND', `there is no ${what} ${id}`, { next: `List the ${what}s for their ids.` });
}

/** The durable half: what the command did not finish. */
export async function onFeedback(
  runtime: TrainingRuntime,
  { feedbackId }: EventPayload<'feedback:given'>,
): Promise<void> {
  const feedback = await runtime.store.learning.feedback(feedbackId);
  if (feedback !== undefined) await learnFromFeedback(runtime, feedback);
}

async function learnFromFeedback(runtime: TrainingRuntime, feedback: Feedback): Promise<Learned> {
  const meaning = meaningOf(feedback);
  const finding = meaning === undefined ? undefined : await aboutFinding(runtime, feedback);
  if (meaning === undefined || finding === undefined) return 'nothing';
  const { author, source, messageId, at } = feedback;
  const messageIds = messageId === undefined ? [] : [messageId];
  const explicit = feedback.kind !== 'thumbs';
  return learn(runtime, {
    ...meaning,
    explicit,
    finding,
    confidence: 1,
    author,
    source,
    messageIds,
    roomId: undefined,
    at,
  });
}

async function aboutFinding(
  runtime: TrainingRuntime,
  { findingId, messageId }: Feedback,
): Promise<Finding | undefined> {
  if (findingId !== undefined) return runtime.store.reviews.finding(findingId);
  const message = messageId === undefined ? undefined : await runtime.store.rooms.message(messageId);
  return message === undefined ? undefined : findingOfMessage(runtime, message);
}

interface Meaning {
  readonly signal: Signal;
  readonly verdict: Memory['verdict'] | undefined;
  readonly reason: string;
  readonly edited?: string;
}

const AGREEING = new Set(['up', 'right', '+1', '👍', 'yes', 'true']);
const OBJECTING = new Set(['down', 'wrong', '-1', '👎', 'no', 'false']);

/** What feedback says of a finding; undefined for kinds that are kept but judge nothing yet (stars, category, emotion). */
function meaningOf({ kind, value, reason }: Feedback): Meaning | undefined {
  if (kind === 'edit') return { signal: 'edit', verdict: undefined, reason, edited: value };
  if (kind !== 'thumbs' && kind !== 'correction' && kind !== 'confirmation') return undefined;
  const word = value.trim().toLowerCase();
  const said = AGREEING.has(word) ? 'affirm' : OBJECTING.has(word) ? 'decline' : undefined;
  if (kind === 'thumbs' && said === undefined) return undefined;
  const verdict = said ?? (kind === 'correction' ? 'decline' : 'affirm');
  // Somebody may write the reason where the word belongs.
  const words = reason === '' && said === undefined ? value.slice(0, 20_000) : reason;
  return { signal: verdict === 'decline' ? 'correction' : 'confirmation', verdict, reason: words };
}
