import type { ReadSignals, Signal, SourceAuthor } from '@continuum/contract/source';
import type { z } from 'zod';
import { isOwnCommentId } from './comment-id.ts';
import { CommentPayload, IssuePayload, ReactionPayload } from './payloads.ts';

/**
 * Reads issues, comments and reactions off a verified payload of Linear. A comment that is ours has an author of kind `bot`;
 * comments on documents, projects and the like belong to no ticket and say nothing to us.
 */
export const readSignals: ReadSignals = (event, payload) => {
  if (event === 'issue') return read(IssuePayload, payload, toTicket);
  if (event === 'comment') return read(CommentPayload, payload, toMessage);
  if (event === 'reaction') return read(ReactionPayload, payload, toReaction);
  return [];
};

function read<S extends z.ZodType>(schema: S, payload: unknown, to: (value: z.output<S>) => Signal[]): Signal[] {
  const parsed = schema.safeParse(payload);
  return parsed.success ? to(parsed.data) : [];
}

const ACTIONS = { create: 'created', update: 'updated', remove: 'removed' } as const;

function toTicket({ action, actor, data, updatedFrom }: z.output<typeof IssuePayload>): Signal[] {
  const { identifier: key, title, description, state, url, updatedAt } = data;
  if (action === 'update' && !TELLING.some((field) => Object.hasOwn(updatedFrom ?? {}, field))) return [];
  return [
    {
      kind: 'ticket',
      action: ACTIONS[action],
      place: { id: key, title },
      author: authorOf(actor, data.creator),
      at: updatedAt,
      ticket: { key, title, description, state: state.name, url },
    },
  ];
}

/** Fields of an issue that we tell of; estimates, order and subscribers change all day. */
const TELLING = ['title', 'description', 'stateId', 'identifier'] as const;

function toMessage({ action, actor, data, url, updatedFrom }: z.output<typeof CommentPayload>): Signal[] {
  const { issue, parentId } = data;
  if (issue === null || issue === undefined) return [];
  // Resolving a thread or a reaction updates the comment too; its words are the same.
  if (action === 'update' && !Object.hasOwn(updatedFrom ?? {}, 'body')) return [];
  return [
    {
      kind: 'message',
      action: action === 'create' ? 'created' : action === 'update' ? 'edited' : 'deleted',
      place: { id: issue.identifier, title: issue.title },
      author: commentAuthor(data, actor),
      at: action === 'create' ? data.createdAt : (data.editedAt ?? data.updatedAt),
      externalId: data.id,
      ...(typeof parentId === 'string' ? { replyTo: parentId } : {}),
      text: data.body,
      url: url ?? issue.url,
    },
  ];
}

function toReaction({ action, actor, data }: z.output<typeof ReactionPayload>): Signal[] {
  const { commentId, emoji, issue, user, updatedAt } = data;
  if (typeof commentId !== 'string' || action === 'update') return [];
  return [
    {
      kind: 'reaction',
      action: action === 'create' ? 'added' : 'removed',
      // Reactions to comments often come without their issue.
      place: issue === null || issue === undefined ? { id: commentId } : { id: issue.identifier, title: issue.title },
      author: authorOf(actor, user),
      at: updatedAt,
      on: commentId,
      emoji,
    },
  ];
}

type Comment = z.output<typeof CommentPayload>['data'];
type Actor = z.output<typeof CommentPayload>['actor'];

/** Who wrote it, which on an edit is not always who did it. */
function commentAuthor({ id, user, botActor, externalUser }: Comment, actor: Actor): SourceAuthor {
  const author = authorOf(actor, user ?? externalUser);
  const bot = (botActor !== undefined && botActor !== null) || isOwnCommentId(id);
  return bot ? { ...author, kind: 'bot' } : author;
}

type Person = { readonly id: string; readonly name: string } | null | undefined;

function authorOf(actor: Actor, person: Person): SourceAuthor {
  if (person !== null && person !== undefined) return { id: person.id, name: person.name, kind: 'person' };
  if (actor === null || actor === undefined) return { id: 'linear', name: 'Linear', kind: 'bot' };
  return { id: actor.id, name: actor.name, kind: actor.type === 'user' ? 'person' : 'bot' };
}
