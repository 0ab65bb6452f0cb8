import { addedLines, type ChangeSet } from '@continuum/contract/change-set';
import type { Finding } from '@continuum/contract/finding';
import type { ChangedLines } from '@continuum/contract/ports/code-host';
import { type Fingerprinted, normaliseEvidence } from './fingerprint.ts';

export interface Narrowed {
  /** With those files only that changed since. */
  readonly change: ChangeSet;
  /** Files of the change that stand as they were read before. */
  readonly untouched: ReadonlySet<string>;
}

/** The part of a pull request that a push made new. Files that are `together` are read all of them or none. */
export function changedSince(
  change: ChangeSet,
  lines: ChangedLines,
  together: (path: string) => boolean = () => false,
): Narrowed {
  const all = change.files.some(({ path }) => lines.has(path) && together(path));
  const isRead = (path: string): boolean => lines.has(path) || (all && together(path));
  const files = change.files.filter(({ path }) => isRead(path));
  const untouched = new Set(change.files.map(({ path }) => path).filter((path) => !isRead(path)));
  return { change: { ...change, files }, untouched };
}

/** The same lines, with all of those files that an earlier review could not read and this one can. */
export function withUnread(
  lines: ChangedLines,
  change: ChangeSet,
  unread: readonly { readonly path: string }[],
): ChangedLines {
  const paths = new Set(unread.map(({ path }) => path));
  const again = change.files.filter(({ path }) => paths.has(path));
  return new Map([...lines, ...again.map((file) => [file.path, addedLines(file)] as const)]);
}

/** What an earlier review of the same pull request makes of a claim: a new question, told already, or decided already. */
export type Standing = 'new' | 'raised' | 'decided';

/**
 * Where a claim stands: `raised` when people were shown it on whatever push, `decided` when it was withheld for a reason that
 * still holds, because neither its lines nor the place it had to share changed. Without `lines` everything withheld is asked
 * again.
 */
export function standingOf(
  candidate: Pick<Fingerprinted, 'path' | 'line' | 'endLine'>,
  earlier: Pick<Finding, 'status' | 'withheldBecause'> | undefined,
  lines: ChangedLines | undefined,
): Standing {
  // What was fixed and comes back is told again.
  if (earlier === undefined || earlier.status === 'addressed') return 'new';
  if (earlier.withheldBecause === undefined) return 'raised';
  if (lines === undefined || earlier.withheldBecause === 'cap') return 'new';
  return touches(candidate, lines) ? 'new' : 'decided';
}

function touches({ path, line, endLine }: Pick<Fingerprinted, 'path' | 'line' | 'endLine'>, lines: ChangedLines) {
  const changed = lines.get(path);
  if (changed === undefined) return false;
  for (let at = line; at <= endLine; at += 1) if (changed.has(at)) return true;
  return false;
}

/** What a review of the newest head read, and what it saw there. */
export interface Seen {
  readonly fingerprints: ReadonlySet<string>;
  /** Paths that it did not read, for whatever reason. */
  readonly unread: ReadonlySet<string>;
  /** New text of a path; undefined when the change does not hold it any more. */
  textOf(path: string): string | undefined;
}

/** Open findings of earlier pushes that the newest head no longer shows, though it was looked. */
export function goneFrom<T extends Pick<Finding, 'fingerprint' | 'path' | 'rule' | 'evidence' | 'claimedBy'>>(
  open: readonly T[],
  seen: Seen,
): T[] {
  return open.filter((finding) => {
    const { fingerprint, path, evidence } = finding;
    if (seen.fingerprints.has(fingerprint) || seen.unread.has(path)) return false;
    return (
      !isAskedElsewhere(finding) || !normaliseEvidence(seen.textOf(path) ?? '').includes(normaliseEvidence(evidence))
    );
  });
}

/** What a tool in CI says is claimed by `ci-<tool>`. */
export const CI_CLAIM = 'ci-';

/**
 * A model that failed or says less this time, and a tool in CI that does not run with every review, prove nothing while the code
 * they spoke of still stands.
 */
function isAskedElsewhere({ rule, claimedBy }: Pick<Finding, 'rule' | 'claimedBy'>): boolean {
  return rule.startsWith('model/') || (claimedBy.length > 0 && claimedBy.every((name) => name.startsWith(CI_CLAIM)));
}

/** What is shorter stands in any file by chance. */
const SHORTEST_PROPOSAL = 4;

/** Whether a head holds what a suggestion proposed, in the file it was made for and in place of what it was about. */
export function tookSuggestion(
  { suggestion, evidence }: Pick<Finding, 'suggestion' | 'evidence'>,
  text: string | undefined,
): boolean {
  if (suggestion === undefined || text === undefined) return false;
  const now = normaliseEvidence(text);
  const proposed = normaliseEvidence(suggestion.replacement);
  const before = normaliseEvidence(evidence);
  if (proposed.length < SHORTEST_PROPOSAL) return false;
  return now.includes(proposed) && (!now.includes(before) || proposed.includes(before));
}
