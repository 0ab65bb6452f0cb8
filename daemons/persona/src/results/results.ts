import { createHash } from 'node:crypto';
import type { ChangeSet } from '@continuum/contract/change-set';
import type { CommandInput, CommandOutput, CommandParsed } from '@continuum/contract/command';
import type { CandidateFinding } from '@continuum/contract/finding';
import { EventId } from '@continuum/contract/ids';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import { transactAndTell } from '@continuum/host/tell';
import { wantedByRepository } from '@continuum/review/reading';
import { whyNot } from '../pull-request/review.ts';
import { readTerms } from '../pull-request/terms.ts';
import type { PersonaRuntime } from '../runtime.ts';
import { onAddedLines } from './placed.ts';

type Input = CommandParsed<'review/results'>;
type Output = CommandOutput<'review/results'>;

/**
 * Handler of `review/results`: what a tool in CI found is judged, deduplicated, told and learned from like what we found
 * ourselves. Of a pull request only its added lines count, on the terms of its repository, and none where we would not review;
 * results of a commit that is not the head any more are about lines that have moved, and a run on the new head will come.
 */
export async function takeResults(runtime: PersonaRuntime, input: Input): Promise<Output> {
  const ground = await groundOf(runtime, input);
  if ('because' in ground) return { posted: 0, withheld: 0, ...ground };
  const output = await judge(runtime, input, ground);
  if (input.outcome === 'failure') await tellFailure(runtime, input, output.posted);
  return output;
}

/** What results are judged on. */
interface Ground {
  readonly change: ChangeSet;
  readonly claims: readonly CandidateFinding[];
  readonly terms?: CommandInput<'review/run'>['terms'];
}

interface Refused {
  readonly because: string;
}

async function groundOf(runtime: PersonaRuntime, input: Input): Promise<Ground | Refused> {
  const { codeHost } = runtime;
  const { repo, pr, head, findings } = input;
  // Without a pull request there is no change to lay it on: a scan of a branch is told as it is.
  if (pr === undefined || codeHost === undefined) {
    const change = { repo, head, title: '', files: [], skipped: [], ...(pr === undefined ? {} : { pr }) };
    return { change, claims: findings };
  }
  return onPullRequest(runtime, codeHost, { ...input, pr });
}

async function onPullRequest(
  runtime: PersonaRuntime,
  codeHost: CodeHost,
  { repo, pr, head, findings }: Input & { readonly pr: number },
): Promise<Ground | Refused> {
  const info = await codeHost.pullRequest({ repo, pr });
  if (info.state === 'closed') return { because: 'It is closed.' };
  if (!isSameCommit(info.headSha, head)) return { because: `${head} is not the head any more.` };
  const terms = await readTerms(codeHost, info);
  const because = whyNot(runtime, info, terms);
  if (because !== undefined) return { because };
  const change = wantedByRepository(await codeHost.changeSet({ repo, pr }), terms);
  if (change.head !== undefined && !isSameCommit(change.head, head)) {
    return { because: `${head} is not the head any more.` };
  }
  return { change, claims: onAddedLines(findings, change), terms: terms.config };
}

/** Ids of commits may come shortened. */
function isSameCommit(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

async function judge({ commands }: PersonaRuntime, input: Input, { change, claims, terms }: Ground): Promise<Output> {
  if (claims.length === 0) return { posted: 0, withheld: 0 };
  const publish = change.files.length > 0;
  const asked: CommandInput<'review/run'> = {
    ...{ change, claims: [...claims], key: keyOf(input), trigger: 'ci', publish },
    ...(terms === undefined ? {} : { terms }),
  };
  const { review } = await commands.execute('review/run', asked, {
    caller: { kind: 'system', id: 'persona-ci' },
    idempotencyKey: keyOf(input),
  });
  const { posted, withheld } = review.stats;
  return { reviewId: review.id, posted, withheld };
}

/** The same results of one commit are judged once; jobs of the same tool that found something else are their own. */
function keyOf({ repo, pr, head, tool, findings }: Input): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([tool, findings]))
    .digest('hex')
    .slice(0, 16);
  return `ci:${repo}${pr === undefined ? '' : `#${pr}`}@${head}:${hash}`;
}

async function tellFailure(runtime: PersonaRuntime, input: Input, posted: number): Promise<void> {
  const { repo, pr, head, tool, url, findings } = input;
  const about = {
    ...{ repo, head, tool, findings: findings.length, posted },
    ...(pr === undefined ? {} : { pr }),
    ...(url === undefined ? {} : { url }),
  };
  await transactAndTell(runtime, (_store, tell) => tell('lint:error', about, failureId(about)));
}

/** One tool fails once on a commit, however many jobs and sources tell of it. */
export function failureId(failure: {
  readonly repo: string;
  readonly pr?: number;
  readonly head: string;
  readonly tool: string;
}): EventId {
  const { repo, pr, head, tool } = failure;
  const hash = createHash('sha256').update(tool.trim().toLowerCase()).digest('hex').slice(0, 16);
  return EventId.parse(`lint:${repo}${pr === undefined ? '' : `#${pr}`}@${head.slice(0, 12)}:${hash}`);
}
