import type { CommandInput } from '@continuum/contract/command';
import type { Finding } from '@continuum/contract/finding';
import type { Store } from '@continuum/contract/ports/store';
import type { Message } from '@continuum/contract/room';
import { transactAndTell } from '@continuum/host/tell';
import { tellMessage } from './rooms.ts';
import type { PersonaRuntime } from './runtime.ts';

/** Stores a reply and has it said where the question was asked, all or nothing and once. */
export async function sayReply(
  runtime: PersonaRuntime,
  reply: Message,
  question: Message,
  finding: Finding | undefined,
): Promise<void> {
  await transactAndTell(runtime, async (store, tell) => {
    const added = await store.rooms.addMessage(reply);
    if (added) await sayOutside(store, reply, question, finding);
    await tellMessage(tell, reply);
  });
}

/** Where the question came from a pull request, the answer goes there. */
async function sayOutside(
  { outbox }: Store,
  reply: Message,
  question: Message,
  finding: Finding | undefined,
): Promise<void> {
  const comment = toComment(reply, question, finding);
  if (comment !== undefined) {
    await outbox.enqueue({ key: `answer:${reply.id}`, command: 'github/comment', input: comment });
  }
}

function toComment(
  reply: Message,
  question: Message,
  finding: Finding | undefined,
): CommandInput<'github/comment'> | undefined {
  const { kind, repo, pr } = question.source;
  if (kind !== 'github' || repo === undefined || pr === undefined) return undefined;
  const thread = finding?.externalId;
  // A finding that stands in a review's body has no thread of its own.
  const inReplyTo = thread === undefined || thread.startsWith('review:') ? {} : { inReplyTo: thread };
  return { repo, pr, body: reply.text, messageId: reply.id, ...inReplyTo };
}
