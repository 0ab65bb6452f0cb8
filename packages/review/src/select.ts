import type { CandidateFinding, Finding, Judgement, Reason } from '@continuum/contract/finding';
import { rank } from './rank.ts';

/** A claim with its fingerprint and what the persona's policy says about it. */
export interface Judged {
  readonly candidate: CandidateFinding;
  readonly fingerprint: string;
  /** Order among findings, usually the judgement's own score. */
  readonly score: number;
  readonly judgement: Judgement;
}

/** Findings that share a cap, such as those of one persona or of one folder. */
export interface Group {
  readonly name: string;
  readonly cap: number;
}

export interface SelectOptions<T extends Judged = Judged> {
  /** Most findings posted. */
  readonly cap: number;
  /** Narrower caps that a finding comes under besides. */
  readonly groupsOf?: (item: T) => readonly Group[];
  /** Least score of a posted finding, in [0, 1]; for all or for each. */
  readonly threshold: number | ((item: T) => number);
  /** Fingerprints that people declined: they never come back. */
  readonly declined?: ReadonlySet<string>;
}

export type Selected<T extends Judged> = T & {
  readonly status: 'posted' | 'withheld';
  readonly withheldBecause?: NonNullable<Finding['withheldBecause']>;
};

type Withheld = { readonly because: NonNullable<Finding['withheldBecause']>; readonly reason: Reason };

/** Decides what is posted: every item comes back, best first, with its status and a reason for it. */
export function select<T extends Judged>(judged: readonly T[], options: SelectOptions<T>): Selected<T>[] {
  const posted = new Set<string>();
  const postedBy = new Map<string, number>();
  return rank(judged).map((item) => {
    const { cap, declined } = options;
    const threshold = typeof options.threshold === 'number' ? options.threshold : options.threshold(item);
    const groups = options.groupsOf?.(item) ?? [];
    const limits = { cap, declined, threshold };
    const withheld = whyWithheld(item, posted, limits) ?? overGroupCap(groups, postedBy);
    if (withheld === undefined) {
      posted.add(item.fingerprint);
      for (const { name } of groups) postedBy.set(name, (postedBy.get(name) ?? 0) + 1);
      return { ...item, judgement: withReason(item.judgement, above(item, threshold)), status: 'posted' as const };
    }
    const judgement = withReason(item.judgement, withheld.reason);
    return { ...item, judgement, status: 'withheld' as const, withheldBecause: withheld.because };
  });
}

interface Limits {
  readonly cap: number;
  readonly threshold: number;
  readonly declined: ReadonlySet<string> | undefined;
}

function whyWithheld(item: Judged, posted: ReadonlySet<string>, options: Limits): Withheld | undefined {
  const { fingerprint } = item;
  if (options.declined?.has(fingerprint)) {
    return { because: 'declined', reason: { kind: 'declined', text: 'A person declined this very finding before.' } };
  }
  if (posted.has(fingerprint)) {
    return { because: 'duplicate', reason: { kind: 'duplicate', text: 'The same finding is posted already.' } };
  }
  if (item.judgement.verdict === 'skip') {
    // The judge may know of the declining itself; the status names it, the reason stands in its why already.
    const declined = item.judgement.why.some(({ kind }) => kind === 'declined');
    const text = 'The judgement is that this team does not want to see it.';
    return { because: declined ? 'declined' : 'judgement', reason: { kind: 'threshold', text } };
  }
  if (item.score < options.threshold) {
    const text = `Its score ${percent(item.score)} is under the threshold of ${percent(options.threshold)}.`;
    return { because: 'threshold', reason: { kind: 'threshold', text } };
  }
  if (posted.size >= options.cap) {
    const text = `The review posts at most ${options.cap} findings, and others weigh more.`;
    return { because: 'cap', reason: { kind: 'cap', text } };
  }
  return undefined;
}

function overGroupCap(groups: readonly Group[], posted: ReadonlyMap<string, number>): Withheld | undefined {
  const full = groups.find(({ name, cap }) => (posted.get(name) ?? 0) >= cap);
  if (full === undefined) return undefined;
  const text = `${full.name} posts at most ${full.cap} findings on one change, and others weigh more.`;
  return { because: 'cap', reason: { kind: 'cap', text } };
}

function above(item: Judged, threshold: number): Reason {
  const text = `Its score ${percent(item.score)} reaches the threshold of ${percent(threshold)}.`;
  return { kind: 'threshold', text };
}

function withReason(judgement: Judgement, reason: Reason): Judgement {
  return { ...judgement, why: [...judgement.why, reason] };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
