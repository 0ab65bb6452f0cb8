import type { CommandContext, CommandInput, CommandOutput, CommandParsed } from '@continuum/contract/command';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import type { Store } from '@continuum/contract/ports/store';
import type { Message } from '@continuum/contract/room';

/** A command that takes its time shows at once that it was heard, where comments can carry an emoji. */
export async function showHeard({ outbox }: Store, { id, source }: Message): Promise<void> {
  const { kind, externalId, repo, pr } = source;
  const [, place, commentId] = /^(issue:)?(\d+)$/.exec(externalId ?? '') ?? [];
  if (kind !== 'github' || repo === undefined || pr === undefined || commentId === undefined) return;
  const input: CommandInput<'github/react'> = {
    ...{ repo, pr, commentId, emoji: 'eyes' },
    place: place === undefined ? 'review' : 'issue',
  };
  await outbox.enqueue({ key: `heard:${id}`, command: 'github/react', input });
}

/** Handler of `github/react`. */
export async function react(
  codeHost: CodeHost,
  input: CommandParsed<'github/react'>,
  context: CommandContext,
): Promise<CommandOutput<'github/react'>> {
  const key = context.idempotencyKey ?? `github/react:${input.place}:${input.commentId}:${input.emoji}`;
  return { done: await codeHost.react({ ...input, key, signal: context.signal }) };
}
