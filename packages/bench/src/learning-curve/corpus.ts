import type { ChangeSet } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import { loadSample } from '../advisories/corpus.ts';
import { type Split, shuffled } from '../advisories/rows.ts';
import type { Reviewed } from './driver.ts';

/** Files above this say more about a bundler than about a team, and cost the time of all others. */
const MAX_CHARACTERS = 60_000;
const CODE = /\.([cm]?[jt]sx?|py)$/;
/** Findings that one package brings to the lessons and to the exam, so that no package is all there is. */
export const MOST_LESSONS = 80;
export const MOST_QUESTIONS = 40;

const SHARE_TO_LEARN = 0.6;

/** Packages of one side of the advisory split, code files only, each with a title of its own. */
export async function loadCorpus(split: Split, packages: number, seed: number): Promise<ChangeSet[]> {
  const changes: ChangeSet[] = [];
  for await (const { change } of loadSample(split, packages, seed)) {
    const files = change.files.filter(
      ({ path, content }) => CODE.test(path) && (content?.length ?? 0) < MAX_CHARACTERS,
    );
    if (files.length > 0) changes.push({ ...change, files });
  }
  if (changes.length < 4) throw new ContinuumError('CODE_HOST_UNAVAILABLE', 'Too few packages could be fetched.');
  return changes;
}

/** A team's packages: the first part to learn from, the rest never seen before it is scored. */
export function halves(changes: readonly ChangeSet[], seed: number): { learn: ChangeSet[]; unseen: ChangeSet[] } {
  const order = shuffled(changes, seed);
  const half = Math.ceil(order.length * SHARE_TO_LEARN);
  return { learn: order.slice(0, half), unseen: order.slice(half) };
}

/** A fixed sample of at most `most` of a package's findings, the same for every arm. */
export function sampleOf(reviewed: readonly Reviewed[], most: number, seed: number): Reviewed[] {
  return shuffled(reviewed, seed).slice(0, most);
}
