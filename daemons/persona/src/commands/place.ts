import { ContinuumError } from '@continuum/contract/errors';
import type { PullRequestRef } from '@continuum/contract/ports/code-host';
import type { Author, Message, MessageSource } from '@continuum/contract/room';
import type { PersonaRuntime } from '../runtime.ts';
import type { Asked } from './command-word.ts';

/** The pull request that a command is about: the one it was said on, else that of its thread. */
export function pullRequestOf({ message, thread }: Pick<Asked, 'message' | 'thread'>): PullRequestRef | undefined {
  for (const { source } of [message, ...thread]) {
    if (source.repo !== undefined && source.pr !== undefined) return { repo: source.repo, pr: source.pr };
  }
  return undefined;
}

/** Channels that only the operator reaches. */
const OPERATOR: ReadonlySet<MessageSource['kind']> = new Set(['web', 'cli', 'api']);

/**
 * Throws FORBIDDEN for somebody who has no write permission on a repository; who speaks on the operator's own channels has it.
 * Throws what the code host throws.
 */
export async function assertMayWrite(
  { codeHost }: PersonaRuntime,
  author: Author,
  { source }: Message,
  repo: string,
): Promise<void> {
  if (OPERATOR.has(source.kind)) return;
  // An id with a colon is of a source on which nobody knows their login.
  const known = codeHost !== undefined && !author.id.includes(':');
  const permission = known ? await codeHost.permission(repo, author.id) : 'none';
  if (permission === 'admin' || permission === 'write') return;
  throw new ContinuumError('FORBIDDEN', `That is for people with write permission on ${repo}`, {
    next: 'Ask one of them to say it.',
  });
}
