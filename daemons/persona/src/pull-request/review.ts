import type { CommandInput, CommandOutput, CommandParsed } from '@continuum/contract/command';
import { toContinuumError } from '@continuum/contract/errors';
import type { CodeHost, PullRequestInfo, PullRequestRef } from '@continuum/contract/ports/code-host';
import { wantedByRepository } from '@continuum/review/reading';
import { recipeFor } from '../review/run.ts';
import type { PersonaRuntime } from '../runtime.ts';
import { readIntent } from './intent.ts';
import { sinceLastReview } from './since.ts';
import { readTerms, type Terms } from './terms.ts';
import { hearVoices } from './voices.ts';

type Input = CommandParsed<'review/pull-request'>;
type Output = CommandOutput<'review/pull-request'>;

/** On a pull request it keeps us away until it is taken off, or somebody asks for a review. */
export const SKIP_LABEL = 'continuum:skip';

/**
 * Handler of `review/pull-request`: reads a pull request on the terms that its base commit sets and has it reviewed. What is
 * written about a pull request from a fork is comments and a check like for any other; nothing of ours goes there.
 */
export async function reviewPullRequest(runtime: PersonaRuntime, codeHost: CodeHost, input: Input): Promise<Output> {
  const ref = { repo: input.repo, pr: input.pr };
  const info = await codeHost.pullRequest(ref);
  if (info.state === 'closed' && input.anew === undefined) return { because: 'It is closed.' };
  const terms = await readTerms(codeHost, info);
  const because = input.anew === undefined ? whyNot(runtime, info, terms) : undefined;
  if (because !== undefined) return skip(runtime, info, because);
  const change = wantedByRepository(await codeHost.changeSet(ref), terms);
  await heard(runtime, codeHost, ref);
  const since = input.anew === undefined ? await sinceLastReview(runtime, codeHost, ref, change) : undefined;
  // The key holds the head that was read, not the one announced: a push in between is its own review.
  const head = `github:${ref.repo}#${ref.pr}@${change.head ?? info.headSha}`;
  const key = input.anew === undefined ? head : `${head}!${input.anew}`;
  const asked: CommandInput<'review/run'> = {
    ...{ change, key, publish: true, notes: [...terms.notes], terms: terms.config },
    trigger: input.anew === undefined ? 'webhook' : 'command',
    intent: await readIntent(runtime, codeHost, info),
    ...(since === undefined ? {} : { since }),
    ...(input.by === undefined ? {} : { by: input.by }),
  };
  const caller = { kind: 'system', id: 'persona-daemon' } as const;
  const { review } = await runtime.commands.execute('review/run', asked, { caller, idempotencyKey: key });
  return { reviewId: review.id };
}

/** Why a pull request is left alone unless somebody asks for a review; undefined when it is not. */
export function whyNot(runtime: PersonaRuntime, info: PullRequestInfo, { config }: Terms): string | undefined {
  if (info.labels.includes(SKIP_LABEL)) return `It carries the label ${SKIP_LABEL}.`;
  const drafts = config.drafts ?? !recipeFor(runtime).skipDrafts;
  return info.draft && !drafts ? 'It is a draft.' : undefined;
}

/** A draft is passed over without a word; what people skip says so on its commit. */
async function skip({ store, settings }: PersonaRuntime, info: PullRequestInfo, because: string): Promise<Output> {
  if (!info.draft && settings.github.app !== undefined) {
    const { repo, pr, headSha: head } = info;
    const input: CommandInput<'github/check'> = { repo, pr, head, state: 'skipped', note: because };
    await store.outbox.enqueue({ key: `github/check:${repo}#${pr}@${head}:skipped`, command: 'github/check', input });
  }
  return { because };
}

/** What people made of the last review counts for this one; that it cannot be asked for does not hold it up. */
async function heard(runtime: PersonaRuntime, codeHost: CodeHost, ref: PullRequestRef): Promise<void> {
  const told = (await runtime.store.reviews.list({ repo: ref.repo, pr: ref.pr })).some(({ stats }) => stats.posted > 0);
  if (!told) return;
  try {
    await hearVoices(runtime, codeHost, ref);
  } catch (thrown) {
    const error = toContinuumError(thrown);
    runtime.log.warn({ ...ref, code: error.code }, `reactions could not be asked for: ${error.message}`);
  }
}
