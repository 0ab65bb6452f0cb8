import { setTimeout as sleep } from 'node:timers/promises';
import type { ContinuumClient } from '@continuum/sdk/client';
import type { FakeGithub } from '../github/fake-github.ts';
import { REPO } from './load.ts';

/** How often each thing happened to the pull requests: all in `once` is what is wanted. */
export interface Tally {
  readonly none: number;
  readonly once: number;
  readonly more: number;
}

export interface Outcome {
  readonly reviews: Tally;
  readonly inlineComments: Tally;
  readonly summaries: Tally;
  readonly deadLetters: number;
}

/** Is everything there once, and nothing given up? */
export function isWhole({ reviews, inlineComments, summaries, deadLetters }: Outcome): boolean {
  return deadLetters === 0 && [reviews, inlineComments, summaries].every(({ none, more }) => none + more === 0);
}

/** Looks until everything is there, at most `limitMs`; answers with what it saw last. */
export async function untilWhole(
  client: () => ContinuumClient,
  github: FakeGithub,
  prs: readonly number[],
  limitMs: number,
): Promise<Outcome> {
  const until = performance.now() + limitMs;
  for (;;) {
    const outcome = await look(client(), github, prs);
    if (isWhole(outcome) || performance.now() > until) return outcome;
    await sleep(500);
  }
}

async function look(client: ContinuumClient, github: FakeGithub, prs: readonly number[]): Promise<Outcome> {
  const done = new Map<number, number>();
  for (const pr of prs) {
    const reviews = await client.reviews({ repo: REPO, pr });
    done.set(pr, reviews.filter(({ status }) => status === 'done').length);
  }
  return {
    reviews: tally(prs, (pr) => done.get(pr) ?? 0),
    inlineComments: tally(prs, (pr) => github.reviewComments(REPO, pr).length),
    summaries: tally(prs, (pr) => github.issueComments(REPO, pr).length),
    deadLetters: (await client.deadLetters()).length,
  };
}

function tally(prs: readonly number[], count: (pr: number) => number): Tally {
  const counts = prs.map(count);
  return {
    none: counts.filter((each) => each === 0).length,
    once: counts.filter((each) => each === 1).length,
    more: counts.filter((each) => each > 1).length,
  };
}
