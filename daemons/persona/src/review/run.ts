import { addedLines, type ChangedFile } from '@continuum/contract/change-set';
import type { CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import type { Review } from '@continuum/contract/finding';
import { newId, ReviewId } from '@continuum/contract/ids';
import type { Recipe } from '@continuum/contract/persona';
import { dedupe } from '@continuum/review/dedupe';
import { allFindings } from '../findings.ts';
import { personaOf } from '../personas.ts';
import { enqueueCheck } from '../pull-request/check.ts';
import type { PersonaRuntime } from '../runtime.ts';
import type { Outcome } from './addressed.ts';
import { analyse } from './analyse.ts';
import { assign } from './assign.ts';
import { decide } from './decide.ts';
import { storeFailure, storeReview } from './outcome.ts';
import type { ReviewParts } from './parts.ts';
import { told, toRead } from './reading.ts';

/** Handler of `review/run`: analyse, judge, rank, store, say. Whoever asks twice for one key gets the first review. */
export async function runReview(
  parts: ReviewParts,
  input: CommandParsed<'review/run'>,
  signal?: AbortSignal,
): Promise<CommandOutput<'review/run'>> {
  const key = input.key ?? newId('adhoc', parts.runtime.now().getTime());
  const underWay = parts.running.get(key);
  if (underWay !== undefined) return underWay;
  const once = (lost: AbortSignal) => reviewOnce(parts, input, key, eitherOf(signal, lost));
  const work = inTurn(parts, input, key, once).finally(() => parts.running.delete(key));
  parts.running.set(key, work);
  return work;
}

/** A dry run neither tells nor has to know what was told. */
function inTurn<T>(
  parts: ReviewParts,
  input: CommandParsed<'review/run'>,
  key: string,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  if (input.dryRun) return work(NEVER);
  return parts.turns.take(topicOf(input, key), work);
}

/** What is reviewed one after the other: a pull request, or one file in an editor. */
function topicOf({ change, trigger }: CommandParsed<'review/run'>, key: string): string {
  const { repo, pr, files } = change;
  if (trigger === 'editor') return `${repo}:${files[0]?.path ?? key}`;
  return pr === undefined ? key : `${repo}#${pr}`;
}

const NEVER = new AbortController().signal;

/** Whoever has the turn by now says how the review went. */
function isLost({ aborted, reason }: AbortSignal): boolean {
  return aborted && toContinuumError(reason).code === 'LEASE_LOST';
}

function eitherOf(signal: AbortSignal | undefined, lost: AbortSignal): AbortSignal {
  return signal === undefined ? lost : AbortSignal.any([signal, lost]);
}

async function reviewOnce(
  parts: ReviewParts,
  input: CommandParsed<'review/run'>,
  key: string,
  signal: AbortSignal,
): Promise<CommandOutput<'review/run'>> {
  const { runtime } = parts;
  const started = performance.now();
  const opened = openReview(input, key, runtime.now());
  if (input.dryRun) return evaluate(parts, input, opened, started, signal);
  const { review } = await runtime.store.reviews.begin(opened);
  // An editor wants to know what holds now, by what was taught since it asked last.
  if (review.status === 'done' && review.trigger !== 'editor') {
    return { review, findings: await allFindings(runtime.store.reviews, { reviewId: review.id }) };
  }
  if (input.publish) await enqueueCheck(runtime.settings, runtime.store, review, 'in_progress');
  try {
    const outcome = await evaluate(parts, input, review, started, signal);
    // Another process may be at this pull request by now: it decides what is told.
    signal.throwIfAborted();
    await storeReview(runtime, recipeFor(runtime), input, outcome);
    return outcome;
  } catch (thrown) {
    if (!isLost(signal)) await storeFailure(runtime, input, review, toContinuumError(thrown));
    throw thrown;
  }
}

function openReview(input: CommandParsed<'review/run'>, key: string, now: Date): Review {
  const { repo, pr, base, head, title, files } = input.change;
  return {
    id: ReviewId.parse(newId('rev', now.getTime())),
    repo,
    ...(pr === undefined ? {} : { pr }),
    ...(base === undefined ? {} : { base }),
    ...(head === undefined ? {} : { head }),
    title,
    trigger: input.trigger,
    key,
    status: 'running',
    stats: { ...sizeOf(files), candidates: 0, posted: 0, withheld: 0, ms: 0 },
    skipped: [],
    at: now.toISOString(),
  };
}

function sizeOf(files: readonly ChangedFile[]): Pick<Review['stats'], 'files' | 'addedLines'> {
  return { files: files.length, addedLines: files.reduce((sum, file) => sum + addedLines(file).size, 0) };
}

async function evaluate(
  parts: ReviewParts,
  input: CommandParsed<'review/run'>,
  review: Review,
  started: number,
  signal: AbortSignal | undefined,
): Promise<Outcome & CommandOutput<'review/run'>> {
  const { runtime } = parts;
  const recipe = recipeFor(runtime);
  const personas = recipe.personas.map((id) => personaOf(runtime, id));
  const reading = toRead(input, recipe);
  const analysis =
    input.claims === undefined
      ? await analyse(runtime, reading, input, personas, signal)
      : { candidates: input.claims, skipped: [] };
  const assigned = assign(dedupe(analysis.candidates), personas);
  const findings = await decide(parts, { input, review, recipe, assigned, signal });
  const posted = findings.filter((finding) => finding.status === 'posted').length;
  const stats = {
    ...sizeOf(reading.parts.flatMap(({ files }) => files)),
    candidates: findings.length,
    posted,
    withheld: findings.length - posted,
    ms: Math.round(performance.now() - started),
  };
  const skipped = [...reading.skipped, ...analysis.skipped];
  return {
    review: { ...review, ...told(input, reading), status: 'done', stats, skipped },
    findings,
    untouched: reading.untouched,
  };
}

/** The recipe that says who reviews; `.continuum/recipes` may replace it. Throws CONFIG_INVALID when there is none. */
export function recipeFor(runtime: PersonaRuntime): Recipe {
  const recipe = runtime.recipes.find((each) => each.do === 'review');
  if (recipe !== undefined) return recipe;
  throw new ContinuumError('CONFIG_INVALID', 'no recipe says who reviews', {
    next: 'Put a recipe with "do": "review" under recipes/.',
  });
}
