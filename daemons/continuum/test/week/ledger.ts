import type { TrainingExample } from '@continuum/contract/learning';

/** Something that the script had somebody say of a finding, and what has to come of it. */
export interface Taught {
  readonly findingId: string;
  /** As the examples name them. */
  readonly author: string;
  readonly source: TrainingExample['provenance']['source']['kind'];
  readonly signal: TrainingExample['signal'];
  readonly verdict?: 'affirm' | 'decline';
  /** `revoked` once they took it back. */
  state: TrainingExample['state'];
  /** Empty for a click or an emoji. */
  readonly words: string;
  /** Said in a thread, and so a message of the room. */
  readonly inThread: boolean;
  /** Where it stands on GitHub as a comment of its own. */
  readonly comment?: { readonly repo: string; readonly pr: number; readonly id: number };
}

/** What is written down while the week happens. */
export interface Ledger {
  readonly taught: Taught[];
  /** Findings whose code a later push mended, by the pull request. */
  readonly fixed: { readonly repo: string; readonly pr: number; readonly findingId: string }[];
  /** Declined on one pull request, then pushed again with another. */
  readonly again: { readonly repo: string; readonly pr: number; readonly fingerprint: string }[];
  readonly pulls: { readonly repo: string; readonly pr: number }[];
  readonly counts: Record<'comments' | 'reactions' | 'clicks' | 'saves' | 'pushes' | 'forcePushes' | 'reports', number>;
  /** Words that nobody said before, with the given ones in them. */
  say(words: string): string;
}

export function createLedger(): Ledger {
  let said = 0;
  return {
    ...{ taught: [], fixed: [], again: [], pulls: [] },
    counts: { comments: 0, reactions: 0, clicks: 0, saves: 0, pushes: 0, forcePushes: 0, reports: 0 },
    say: (words) => {
      said += 1;
      return words.replace(/[.?]$/, (end) => `, w${said}${end}`);
    },
  };
}

/** Is this the example of what was said? */
export function isOf({ findingId, author, source, signal, verdict, state }: Taught, example: TrainingExample): boolean {
  const { provenance } = example;
  const wanted = verdict === undefined ? undefined : verdict === 'affirm';
  return (
    provenance.findingId === findingId &&
    provenance.author.id === author &&
    provenance.source.kind === source &&
    example.signal === signal &&
    example.desirable === wanted &&
    example.state === state
  );
}
