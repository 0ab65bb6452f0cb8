import type { ChangeSet } from '@continuum/contract/change-set';
import type { CommandInput } from '@continuum/contract/command';
import { toContinuumError } from '@continuum/contract/errors';
import type { ChangedLines, CodeHost, PullRequestRef } from '@continuum/contract/ports/code-host';
import { withUnread } from '@continuum/review/incremental';
import type { PersonaRuntime } from '../runtime.ts';

type Since = NonNullable<CommandInput<'review/run'>['since']>;

/**
 * What changed since the head that was reviewed last, and what that review could not read; undefined when everything is to be
 * read: the first time, and after a force push.
 */
export async function sinceLastReview(
  runtime: PersonaRuntime,
  codeHost: CodeHost,
  ref: PullRequestRef,
  change: ChangeSet,
): Promise<Since | undefined> {
  const reviews = await runtime.store.reviews.list({ repo: ref.repo, pr: ref.pr });
  const last = reviews.find(({ status, head, trigger }) => status === 'done' && head !== undefined && trigger !== 'ci');
  if (last?.head === undefined || change.head === undefined || last.head === change.head) return undefined;
  const lines = await changedLines(runtime, codeHost, ref, last.head, change.head);
  if (lines === undefined) return undefined;
  const all = withUnread(lines, change, last.skipped);
  const wanted = new Set(change.files.map(({ path }) => path));
  const entries = [...all]
    .filter(([path]) => wanted.has(path))
    .map(([path, at]): [string, number[]] => [path, [...at]]);
  return { head: last.head, lines: Object.fromEntries(entries) };
}

/** A refusal costs the saving and not the review; an outage is worth a retry. */
async function changedLines(
  { log }: PersonaRuntime,
  codeHost: CodeHost,
  ref: PullRequestRef,
  since: string,
  head: string,
): Promise<ChangedLines | undefined> {
  try {
    return await codeHost.changedSince(ref, since, head);
  } catch (thrown) {
    const error = toContinuumError(thrown);
    if (error.retryable) throw thrown;
    log.warn({ repo: ref.repo, pr: ref.pr, code: error.code }, `everything is read again: ${error.message}`);
    return undefined;
  }
}
