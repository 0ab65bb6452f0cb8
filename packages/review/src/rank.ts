import { type CandidateFinding, SEVERITY_RANK } from '@continuum/contract/finding';

/** Best first: score times severity, then path and line, so that the order never depends on the input's. */
export function rank<T extends { readonly candidate: CandidateFinding; readonly score: number }>(
  items: readonly T[],
): T[] {
  const worth = ({ candidate, score }: T) => score * (1 + SEVERITY_RANK[candidate.severity]);
  return [...items].sort((a, b) => worth(b) - worth(a) || byPlace(a.candidate, b.candidate));
}

function byPlace(a: CandidateFinding, b: CandidateFinding): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
