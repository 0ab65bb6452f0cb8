import { createHash } from 'node:crypto';
import type { CandidateFinding } from '@continuum/contract/finding';

export type Fingerprinted = CandidateFinding & { readonly fingerprint: string };

/**
 * The candidates in their order, each with a fingerprint of 32 hex digits that survives shifted lines, new indentation
 * and edits elsewhere: rule, path, evidence, enclosing function, and the ordinal among claims equal in all of these.
 */
export function withFingerprints(candidates: readonly CandidateFinding[]): Fingerprinted[] {
  const ordinals = new Map<CandidateFinding, number>();
  const seen = new Map<string, number>();
  for (const candidate of [...candidates].sort(byPosition)) {
    const identity = identityOf(candidate);
    const ordinal = seen.get(identity) ?? 0;
    seen.set(identity, ordinal + 1);
    ordinals.set(candidate, ordinal);
  }
  return candidates.map((candidate) => ({
    ...candidate,
    fingerprint: digest(identityOf(candidate), String(ordinals.get(candidate) ?? 0)),
  }));
}

/**
 * The same claim in another file or repository has the same key (32 hex digits): rule, evidence and the structural
 * facts that decide whether it is true, but neither path nor line nor the name of the function.
 */
export function recurrenceKey(candidate: CandidateFinding): string {
  const { role, origins, guards, sanitizers, callee } = candidate.facts;
  const sets = [origins, guards, sanitizers].map((set) => [...set].sort().join(','));
  return digest(candidate.rule, normaliseEvidence(candidate.evidence), role, callee, ...sets);
}

/** Source text without what a formatter may change: blanks, quote style, trailing commas and semicolons. */
export function normaliseEvidence(evidence: string): string {
  return evidence
    .replace(/['`]/g, '"')
    .replace(/\s+/g, ' ')
    .replace(/ ?([^\w$ ]) ?/g, '$1')
    .replace(/,(?=[)\]}])/g, '')
    .replace(/[;,\s]+$/, '')
    .trim();
}

function identityOf(candidate: CandidateFinding): string {
  return digest(candidate.rule, candidate.path, normaliseEvidence(candidate.evidence), candidate.facts.functionName);
}

function byPosition(a: CandidateFinding, b: CandidateFinding): number {
  return a.line - b.line || a.column - b.column || a.endLine - b.endLine;
}

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
