import type { CommandParsed } from '@continuum/contract/command';
import type { Finding, Judgement, Reason, Review } from '@continuum/contract/finding';
import type { ChangedLines } from '@continuum/contract/ports/code-host';
import type { ReviewStore } from '@continuum/contract/ports/store';
import { isSameClaim } from '@continuum/review/dedupe';
import { standingOf } from '@continuum/review/incremental';
import { allFindings, shownFindings } from '../findings.ts';
import type { Question, Said } from './question.ts';

/** The last word on each fingerprint of a pull request, before the review at hand. */
export type Earlier = ReadonlyMap<string, Finding>;

export interface SortedOut {
  /** To be judged. */
  readonly open: readonly Question[];
  /** Said once, not again on every push. */
  readonly settled: readonly Said[];
}

/** What this pull request was told, and what was withheld from it; what people were shown counts before what they were not. */
export async function earlierOn(reviews: ReviewStore, { id, repo, pr }: Review): Promise<Earlier> {
  if (pr === undefined) return new Map();
  const filter = { repo, pr };
  const withheld = await allFindings(reviews, { ...filter, status: 'withheld' });
  const shown = await shownFindings(reviews, filter);
  const oldestFirst = (findings: readonly Finding[]) => findings.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const repeats = new Set<Finding['withheldBecause']>(['duplicate']);
  const known = [...oldestFirst(withheld.filter((each) => !repeats.has(each.withheldBecause))), ...oldestFirst(shown)];
  const before = known.filter(({ reviewId }) => reviewId !== id);
  return new Map(before.map((finding) => [finding.fingerprint, finding]));
}

/** The lines that changed since the head that was reviewed last; undefined when everything is read. */
export function linesOf({ since }: Pick<CommandParsed<'review/run'>, 'since'>): ChangedLines | undefined {
  if (since === undefined) return undefined;
  return new Map(Object.entries(since.lines).map(([path, lines]) => [path, new Set(lines)]));
}

/** Parts what has to be judged from what earlier reviews of the pull request settled. */
export function sortOut(questions: readonly Question[], earlier: Earlier, lines: ChangedLines | undefined): SortedOut {
  const open: Question[] = [];
  const settled: Said[] = [];
  const shown = Map.groupBy(
    [...earlier.values()].filter(({ withheldBecause }) => withheldBecause === undefined),
    ({ path }) => path,
  );
  for (const question of questions) {
    const before = earlier.get(question.fingerprint) ?? toldByAnother(question, shown);
    const standing = standingOf(question.candidate, before, lines);
    if (before === undefined || standing === 'new') open.push(question);
    else settled.push(standing === 'raised' ? repeat(question, before) : decidedBefore(question, before));
  }
  return { open, settled };
}

/** What another tool said of the same place under a rule of its own, as people were shown it. */
function toldByAnother({ candidate }: Question, shown: ReadonlyMap<string, readonly Finding[]>): Finding | undefined {
  return shown
    .get(candidate.path)
    ?.find((finding) => finding.status !== 'addressed' && isSameClaim(candidate, finding));
}

function repeat(question: Question, earlier: Finding): Said {
  const reason: Reason = {
    kind: 'duplicate',
    text: `Raised before on this pull request and ${earlier.status}.`,
    findingId: earlier.id,
    ...(earlier.url === undefined ? {} : { link: earlier.url }),
  };
  return withheld(question, earlier.judgement, reason, earlier.status === 'declined' ? 'declined' : 'duplicate');
}

function decidedBefore(question: Question, { judgement, withheldBecause, reviewId }: Finding): Said {
  const text = `Withheld by review ${reviewId}, and nothing has changed here since.`;
  return withheld(question, judgement, { kind: 'duplicate', text }, withheldBecause ?? 'duplicate');
}

/** What the repository's terms switch off where it stands. */
export function unwanted(question: Question): Said {
  const { category, path } = question.candidate;
  const text = `The repository wants no ${category} findings on ${path}.`;
  return withheld(question, { verdict: 'skip', score: 0, why: [] }, { kind: 'path', text }, 'path');
}

function withheld(
  { candidate, fingerprint, persona, scope }: Question,
  judgement: Judgement,
  reason: Reason,
  because: NonNullable<Finding['withheldBecause']>,
): Said {
  const why = [...judgement.why.filter(({ kind }) => kind !== 'duplicate'), reason];
  const said = { candidate, fingerprint, persona, scope, judgement: { ...judgement, why } };
  return { ...said, status: 'withheld', withheldBecause: because };
}
