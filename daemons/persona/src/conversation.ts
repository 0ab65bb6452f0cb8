import { createHash } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';
import type { EventPayload } from '@continuum/contract/event';
import type { Message } from '@continuum/contract/room';
import { transactAndTell } from '@continuum/host/tell';
import { type GithubAuthor, type GithubEvent, parseGithubEvent } from '@continuum/webhook-github/payload';
import { findingMessageId, githubMessageId, reviewEffectKey, threadMessageId } from './identity.ts';
import { addAndTell, DEV_UPDATES, tellMessage } from './rooms.ts';
import type { PersonaRuntime } from './runtime.ts';

type CommentEventName =
  | 'webhook:github:issue_comment'
  | 'webhook:github:pull_request_review_comment'
  | 'webhook:github:pull_request_review';

/** A comment, or the body of a submitted review. */
interface Incoming {
  readonly action: 'created' | 'edited' | 'deleted';
  readonly repo: string;
  readonly pr: number;
  readonly externalId: string;
  readonly inReplyToExternalId?: string;
  readonly author: GithubAuthor;
  readonly body: string;
  readonly url: string;
  readonly at: string;
}

/** What people write on a pull request becomes a message in its thread of the room, or changes the one it edits. */
export async function onGithubComment(
  runtime: PersonaRuntime,
  name: CommentEventName,
  delivery: EventPayload<CommentEventName>,
): Promise<void> {
  const event = parseGithubEvent(name.slice('webhook:github:'.length), delivery.payload);
  const incoming = toIncoming(event, runtime.now());
  if (incoming === undefined || isOurs(incoming) || incoming.body.trim() === '') return;
  const known = await runtime.store.rooms.messageBySource('github', incoming.externalId);
  if (known === undefined) return bringIn(runtime, incoming);
  if (incoming.action === 'edited') await takeEdit(runtime, known, incoming);
}

/** New words count like new ones said; an edit that was overtaken by a later one does not. */
async function takeEdit(runtime: PersonaRuntime, known: Message, { body, at }: Incoming): Promise<void> {
  if (known.editedAt !== undefined && known.editedAt > at) return;
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 24);
  await transactAndTell(runtime, async (store, tell) => {
    await store.rooms.editMessage(known.id, body, at);
    await tellMessage(tell, known, `${at}:${hash}`);
  });
}

async function bringIn(runtime: PersonaRuntime, incoming: Incoming): Promise<void> {
  if (incoming.action === 'deleted') return;
  const message = await toMessage(runtime, incoming);
  await addAndTell(runtime, message);
}

function toIncoming(event: GithubEvent | undefined, now: Date): Incoming | undefined {
  // Comments of the conversation and of review threads are numbered apart: the same number may name one of each.
  if (event?.kind === 'comment') {
    return event.place === 'issue' ? { ...event, externalId: `issue:${event.externalId}` } : event;
  }
  if (event?.kind !== 'review') return undefined;
  return { ...event, action: 'created', externalId: `review:${event.externalId}`, at: event.at ?? now.toISOString() };
}

const OUR_END = /<!-- continuum(?:-finding)?:[^>]* -->\s*$/;

/**
 * Everything we write ends with a marker, under whoever's token: heard as that person's words it would teach, and answering
 * ourselves would never end. Whoever quotes us writes something after it.
 */
function isOurs(incoming: Incoming): boolean {
  return incoming.author.kind === 'bot' || OUR_END.test(incoming.body);
}

async function toMessage(runtime: PersonaRuntime, event: Incoming): Promise<Message> {
  const parent = await parentOf(runtime, event);
  const { repo, pr, externalId, url } = event;
  return {
    id: githubMessageId(externalId),
    roomId: parent?.roomId ?? DEV_UPDATES,
    threadId: parent === undefined ? null : (parent.threadId ?? parent.id),
    replyTo: parent?.id ?? null,
    author: { kind: 'person', id: event.author.id, name: event.author.id },
    text: event.body,
    source: { kind: 'github', externalId, repo, pr, url },
    hop: 0,
    at: event.at,
  };
}

/** What a comment answers: the finding or message it replies to, else the thread of the pull request. */
async function parentOf(runtime: PersonaRuntime, event: Incoming): Promise<Message | undefined> {
  const { store } = runtime;
  if (event.inReplyToExternalId !== undefined) {
    const finding = await store.reviews.findingByExternalId(event.inReplyToExternalId);
    const announced = finding === undefined ? undefined : await store.rooms.message(findingMessageId(finding.id));
    if (announced !== undefined) return announced;
    const message = await store.rooms.messageBySource('github', event.inReplyToExternalId);
    if (message !== undefined) return message;
    await assertReviewsKnown(runtime, event);
  }
  return store.rooms.message(threadMessageId(`${event.repo}#${event.pr}`));
}

/**
 * People can answer our comment before we know its number: when GitHub's acknowledgement was lost, or we died before we wrote
 * it down. Until then the review is an open effect, and the answer waits. Throws CODE_HOST_UNAVAILABLE (retryable).
 */
async function assertReviewsKnown({ store }: PersonaRuntime, { repo, pr, externalId }: Incoming): Promise<void> {
  for (const { id } of await store.reviews.list({ repo, pr })) {
    const state = (await store.outbox.byKey(reviewEffectKey(id)))?.state;
    if (state !== 'pending' && state !== 'running') continue;
    throw new ContinuumError('CODE_HOST_UNAVAILABLE', `comment ${externalId} may answer a review that is on its way`, {
      next: 'Nothing to do: it is looked at again when the review stands.',
      retryable: true,
    });
  }
}
