import type { CommandContext, CommandInput, CommandOutput, CommandParsed } from '@continuum/contract/command';
import type { Tracker } from '@continuum/contract/ports/tracker';
import type { Message } from '@continuum/contract/room';
import type { SourceName } from '@continuum/contract/source';
import type { PersonaRuntime } from '../runtime.ts';

/** How a tracker is called where it speaks for itself. */
export function authorName(source: SourceName): string {
  return source.charAt(0).toUpperCase() + source.slice(1);
}

export function trackerOf({ trackers }: Pick<PersonaRuntime, 'trackers'>, source: SourceName): Tracker | undefined {
  return trackers.find((tracker) => tracker.source === source);
}

/** Handler of `linear/comment` and `jira/comment`; remembers where a room message was published. */
export async function postTicketComment(
  { store }: PersonaRuntime,
  tracker: Tracker,
  { ticket, body, messageId }: CommandParsed<'linear/comment'>,
  context: CommandContext,
): Promise<CommandOutput<'linear/comment'>> {
  const key = context.idempotencyKey ?? `${tracker.source}/comment:${ticket}:${messageId ?? body}`;
  const { externalId, url } = await tracker.comment({ key, ticket, body, signal: context.signal });
  if (messageId !== undefined) {
    const where = { kind: tracker.source, externalId, ...(url === undefined ? {} : { url }) };
    await store.views.linkMessage({ messageId, ...where });
  }
  return { externalId };
}

/** What an answer to something said on a ticket is sent as; undefined where we cannot write there. */
export function toTicketComment(
  runtime: Pick<PersonaRuntime, 'trackers'>,
  reply: Message,
  { source: { kind, place } }: Message,
): { readonly command: 'linear/comment' | 'jira/comment'; readonly input: CommandInput<'linear/comment'> } | undefined {
  if (place === undefined || (kind !== 'linear' && kind !== 'jira') || trackerOf(runtime, kind) === undefined) {
    return undefined;
  }
  const input = { ticket: place, body: reply.text, messageId: reply.id };
  return kind === 'linear' ? { command: 'linear/comment', input } : { command: 'jira/comment', input };
}
