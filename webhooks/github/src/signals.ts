import type {
  CommandSignal,
  MessageSignal,
  ReadSignals,
  Signal,
  SourceAuthor,
  VerdictSignal,
} from '@continuum/contract/source';
import { commandWords } from '@continuum/room/command';
import { isOurText } from './markers.ts';
import type { GithubAuthor } from './payload/author.ts';
import type { CommentEvent, ReviewEvent } from './payload/comments.ts';
import type { ThreadEvent } from './payload/threads.ts';
import { type GithubEvent, parseGithubEvent } from './payload.ts';

/**
 * What people write on a pull request and which threads they close, in the words of rooms. Numbers of comments of the
 * conversation, of review threads and of reviews are drawn apart: `issue:<id>`, `<id>`, `review:<id>`.
 */
export const readSignals: ReadSignals = (event, payload) => {
  const signal = signalOf(parseGithubEvent(event, payload));
  return signal === undefined ? [] : [signal];
};

function signalOf(event: GithubEvent | undefined): Signal | undefined {
  switch (event?.kind) {
    case 'comment':
      return toCommandOr(fromComment(event));
    case 'review':
      return event.at === undefined ? undefined : toCommandOr(fromReview(event, event.at));
    case 'thread':
      return event.action === 'resolved' ? fromThread(event) : undefined;
    default:
      return undefined;
  }
}

/** Somebody closed a thread; one that is opened again says nothing. */
function fromThread({ repo, pr, externalId, sender, at }: ThreadEvent): VerdictSignal {
  const author = { id: sender.id, name: sender.id, kind: sender.kind };
  const place = { id: `${repo}#${pr}`, repo, pr };
  return { kind: 'verdict', place, author, at, about: { externalId }, verdict: 'resolved', reason: '' };
}

function fromComment(event: CommentEvent): MessageSignal {
  const { place, externalId, inReplyToExternalId: replyTo } = event;
  return {
    ...common(event, event.at),
    action: event.action,
    externalId: place === 'issue' ? `issue:${externalId}` : externalId,
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}

function fromReview(event: ReviewEvent, at: string): MessageSignal {
  return { ...common(event, at), action: 'created', externalId: `review:${event.externalId}` };
}

function common({ repo, pr, author, body, url }: CommentEvent | ReviewEvent, at: string) {
  const place = { id: `${repo}#${pr}`, repo, pr };
  return { kind: 'message' as const, place, author: authorOf(author, body), text: body, url, at };
}

/**
 * Everything we write ends with a marker, under whoever's token: heard as that person's words it would teach, and answering
 * ourselves would never end. Whoever quotes us writes something after it.
 */
function authorOf({ id, kind }: GithubAuthor, body: string): SourceAuthor {
  return { id, name: id, kind: isOurText(body) ? 'bot' : kind };
}

function toCommandOr(said: MessageSignal): MessageSignal | CommandSignal {
  const words = said.action === 'created' ? commandWords(said.text) : undefined;
  if (words === undefined) return said;
  const { action: _, text: __, ...rest } = said;
  return { ...rest, kind: 'command', words };
}
