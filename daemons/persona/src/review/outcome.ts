import type { ChangeSet } from '@continuum/contract/change-set';
import type { CommandInput, CommandParsed } from '@continuum/contract/command';
import type { ContinuumError } from '@continuum/contract/errors';
import type { Finding, Review } from '@continuum/contract/finding';
import { EventId, type MessageId } from '@continuum/contract/ids';
import type { Recipe } from '@continuum/contract/persona';
import type { Store } from '@continuum/contract/ports/store';
import type { Author, Message } from '@continuum/contract/room';
import { type Tell, transactAndTell } from '@continuum/host/tell';
import { escapeLine } from '@continuum/room/escape';
import { renderRoomMessage } from '@continuum/room/render';
import { findingMessageId, reviewEffectKey, threadMessageId } from '../identity.ts';
import { personaOf } from '../personas.ts';
import { enqueueCheck } from '../pull-request/check.ts';
import { enqueueResolution } from '../pull-request/resolve.ts';
import { tellMessage } from '../rooms.ts';
import type { PersonaRuntime } from '../runtime.ts';
import { learnFromFixes, markAddressed, type Outcome } from './addressed.ts';

const SYSTEM: Author = { kind: 'system', id: 'continuum', name: 'Continuum' };

/** The outcome, what the room, the others and GitHub will be told: all in one transaction, so all or nothing. */
export async function storeReview(
  runtime: PersonaRuntime,
  recipe: Recipe,
  input: CommandParsed<'review/run'>,
  outcome: Outcome,
): Promise<void> {
  await transactAndTell(runtime, async (store, tell) => {
    await store.reviews.finish(outcome.review, outcome.findings);
    const addressed = await markAddressed(store, input.change, outcome);
    if (input.trigger === 'editor') await tellSaved(tell, input.change, outcome.review, runtime.now());
    // Saves do not fill the room.
    else await tellRoom(runtime, store, recipe, outcome);
    if (input.publish) await enqueuePublication(runtime, store, outcome, addressed);
    for (const { id, repo } of addressed) await tell('finding:changed', { findingId: id, repo, status: 'addressed' });
    if (input.by !== undefined) await learnFromFixes(store, input, addressed);
    const thread = await store.rooms.message(threadOf(outcome.review));
    if (thread !== undefined) await tellMessage(tell, thread);
    await tellCompleted(tell, outcome.review);
  });
}

/** A failed review keeps its key open: the next delivery of the event tries again. One that cannot succeed says so on the commit. */
export async function storeFailure(
  { store, settings }: PersonaRuntime,
  input: CommandParsed<'review/run'>,
  review: Review,
  { code, message, retryable }: ContinuumError,
): Promise<void> {
  const failed: Review = { ...review, status: 'failed', error: `${code}: ${message}` };
  await store.transaction(async (inside) => {
    await inside.reviews.finish(failed, []);
    if (input.publish && !retryable) await enqueueCheck(settings, inside, failed, 'completed');
  });
}

async function tellCompleted(tell: Tell, { id, repo, pr, stats }: Review): Promise<void> {
  const { posted, withheld, ms } = stats;
  const about = { reviewId: id, repo, ...(pr === undefined ? {} : { pr }), posted, withheld, ms };
  await tell('review:completed', about, EventId.parse(`completed:${id}`));
}

async function tellSaved(tell: Tell, { files }: ChangeSet, { id, repo }: Review, now: Date): Promise<void> {
  for (const { path } of files) await tell('vscode:file-saved', { reviewId: id, repo, path, at: now.toISOString() });
}

async function tellRoom(
  runtime: PersonaRuntime,
  store: Store,
  recipe: Recipe,
  { review, findings }: Outcome,
): Promise<void> {
  const posted = findings.filter((finding) => finding.status === 'posted');
  const root = threadOf(review);
  const base = { roomId: recipe.room, source: sourceOf(review), hop: 0, at: review.at, reviewId: review.id };
  const text = headline(review);
  const opened = await store.rooms.addMessage({
    ...base,
    id: root,
    threadId: null,
    replyTo: null,
    author: SYSTEM,
    text,
  });
  if (!opened && posted.length === 0) return;
  for (const finding of posted) await store.rooms.addMessage(findingMessage(runtime, base, root, finding));
}

/** One line that starts the thread; the findings follow as answers, so that each can be corrected by itself. */
function headline({ repo, pr, title, stats }: Review): string {
  const where = pr === undefined ? repo : `${repo} #${pr}`;
  const what = title === '' ? where : `${where} (${escapeLine(title)})`;
  if (stats.posted === 0) return `Reviewed ${what}: nothing to say about ${stats.addedLines} added lines.`;
  const findings = stats.posted === 1 ? '1 finding' : `${stats.posted} findings`;
  return `Reviewed ${what}: ${findings} in ${stats.addedLines} added lines, ${stats.withheld} withheld.`;
}

/** All reviews of a pull request share one thread. */
function threadOf(review: Review): MessageId {
  return threadMessageId(review.pr === undefined ? review.key : `${review.repo}#${review.pr}`);
}

function sourceOf(review: Review): Message['source'] {
  return { kind: 'system', repo: review.repo, ...(review.pr === undefined ? {} : { pr: review.pr }) };
}

function findingMessage(
  runtime: PersonaRuntime,
  base: Pick<Message, 'roomId' | 'source' | 'hop' | 'at' | 'reviewId'>,
  root: MessageId,
  finding: Finding,
): Message {
  const persona = personaOf(runtime, finding.persona);
  const author: Author = { kind: 'persona', id: persona.id, name: persona.name };
  const text = renderRoomMessage(finding, persona);
  return {
    ...base,
    id: findingMessageId(finding.id),
    threadId: root,
    replyTo: root,
    author,
    text,
    findingId: finding.id,
  };
}

async function enqueuePublication(
  { settings }: PersonaRuntime,
  store: Store,
  { review, findings }: Outcome,
  addressed: readonly Finding[],
): Promise<void> {
  const { pr } = review;
  if (pr === undefined) return;
  const input: CommandInput<'github/review'> = { repo: review.repo, pr, reviewId: review.id };
  const summary = { key: `github/summary:${review.id}`, command: 'github/summary', input };
  if (findings.some((finding) => finding.status === 'posted')) {
    await store.outbox.enqueue({ key: reviewEffectKey(review.id), command: 'github/review', input });
  }
  for (const finding of addressed) await enqueueResolution(store, finding, `Addressed in ${nameOf(review)}.`);
  await store.outbox.enqueue(summary);
  await enqueueCheck(settings, store, review, 'completed');
}

/** A commit as people write it. */
function nameOf({ head }: Review): string {
  return head === undefined ? 'the newest commit' : head.slice(0, 7);
}
