import type { CommandContext, CommandInput, CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { Review } from '@continuum/contract/finding';
import type { CheckConclusion, CodeHost } from '@continuum/contract/ports/code-host';
import type { Store } from '@continuum/contract/ports/store';
import { conclude } from '@continuum/review/conclusion';
import { annotationOf, checkTitle } from '@continuum/room/check';
import { renderSummary } from '@continuum/room/summary';
import type { PersonaRuntime } from '../runtime.ts';
import { standing } from './standing.ts';

type CheckInput = CommandInput<'github/check'>;

/** What is shown of a check. */
interface Shown {
  readonly status: 'in_progress' | 'completed';
  readonly conclusion?: CheckConclusion;
  readonly title: string;
  readonly summary: string;
  readonly annotations: Parameters<CodeHost['publishCheck']>[0]['annotations'];
}

/** Only an App may write checks; with a token there are none. `again` tells later states of one review apart. */
export async function enqueueCheck(
  { github }: Pick<PersonaRuntime['settings'], 'github'>,
  store: Store,
  { id, repo, pr, head }: Pick<Review, 'id' | 'repo' | 'pr' | 'head'>,
  state: CheckInput['state'],
  again = '',
): Promise<void> {
  if (github.app === undefined || pr === undefined || head === undefined) return;
  const input: CheckInput = { repo, pr, head, state, reviewId: id };
  const key = `github/check:${id}:${state}${again === '' ? '' : `:${again}`}`;
  await store.outbox.enqueue({ key, command: 'github/check', input });
}

/** Handler of `github/check`: how the review of a commit stands, with a note at every line that is open. */
export async function postCheck(
  runtime: PersonaRuntime,
  codeHost: CodeHost,
  input: CommandParsed<'github/check'>,
  context: CommandContext,
): Promise<CommandOutput<'github/check'>> {
  const { repo, pr, head, state, reviewId } = input;
  const key = context.idempotencyKey ?? `github/check:${reviewId ?? head}:${state}`;
  const shown = await show(runtime, input);
  const { externalId } = await codeHost.publishCheck({ repo, pr, head, key, ...shown, signal: context.signal });
  return { externalId };
}

const SKIPPED_BECAUSE = 'This pull request is not reviewed.';

async function show(runtime: PersonaRuntime, input: CommandParsed<'github/check'>): Promise<Shown> {
  const { state, note } = input;
  const nothing = { annotations: [], summary: '' };
  if (state === 'in_progress') return { ...nothing, status: state, title: 'Reading the change' };
  if (state === 'skipped') {
    const summary = note ?? SKIPPED_BECAUSE;
    return { ...nothing, status: 'completed', conclusion: 'skipped', title: 'Not reviewed', summary };
  }
  const review = input.reviewId === undefined ? undefined : await runtime.store.reviews.get(input.reviewId);
  if (review === undefined) throw new ContinuumError('NOT_FOUND', 'there is no review for this check');
  const findings = await standing(runtime.store.reviews, review);
  const summary = renderSummary({ review, findings, personas: runtime.personas });
  if (review.status === 'failed') {
    return { status: 'completed', conclusion: 'neutral', title: 'Review failed', summary, annotations: [] };
  }
  const open = findings.filter(({ status }) => status === 'posted' || status === 'confirmed');
  return {
    status: 'completed',
    conclusion: conclude(open, review.failOn),
    title: checkTitle(open),
    summary,
    annotations: open.map(annotationOf),
  };
}
