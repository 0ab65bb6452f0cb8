import { type CandidateFinding, SEVERITY_RANK } from '@continuum/contract/finding';

type Ranked = { readonly candidate: CandidateFinding; readonly score: number };

/** What a finding is worth after another of the same rule in the same function, the same file, or anywhere. */
const AGAIN_IN_FUNCTION = 0.75;
const AGAIN_IN_FILE = 0.85;
const AGAIN = 0.95;
/** Beyond this many the order no longer matters to anybody, and plain worth decides. */
const MAX_DIVERSE = 50;

/**
 * Best first, few and severe before many: score times severity, discounted for every better finding of the same rule in
 * the same function or file (greedy, as in maximal marginal relevance, Carbonell and Goldstein 1998). The order does not
 * depend on the order of the input.
 */
export function rank<T extends Ranked>(items: readonly T[]): T[] {
  const rest = [...items].sort((a, b) => worth(b) - worth(a) || byPlace(a.candidate, b.candidate));
  const ranked: T[] = [];
  const seen = new Map<string, number>();
  while (rest.length > 0 && ranked.length < MAX_DIVERSE) {
    const index = bestOf(rest, seen);
    ranked.push(...rest.splice(index, 1).map((item) => remember(item, seen)));
  }
  return [...ranked, ...rest];
}

function bestOf(items: readonly Ranked[], seen: ReadonlyMap<string, number>): number {
  let best = 0;
  let most = -1;
  for (const [index, item] of items.entries()) {
    // Items stand by plain worth, which a discount only lowers.
    if (worth(item) <= most) break;
    const discounted = worth(item) * discount(item, seen);
    if (discounted > most) [best, most] = [index, discounted];
  }
  return best;
}

function worth({ candidate, score }: Ranked): number {
  return score * (1 + SEVERITY_RANK[candidate.severity] / 2);
}

function discount({ candidate }: Ranked, seen: ReadonlyMap<string, number>): number {
  const [inFunction, inFile, anywhere] = places(candidate).map((place) => seen.get(place) ?? 0);
  return AGAIN_IN_FUNCTION ** (inFunction ?? 0) * AGAIN_IN_FILE ** (inFile ?? 0) * AGAIN ** (anywhere ?? 0);
}

function remember<T extends Ranked>(item: T, seen: Map<string, number>): T {
  for (const place of places(item.candidate)) seen.set(place, (seen.get(place) ?? 0) + 1);
  return item;
}

function places({ rule, path, facts }: CandidateFinding): [string, string, string] {
  return [`${rule}\n${path}\n${facts.functionName}`, `${rule}\n${path}`, rule];
}

function byPlace(a: CandidateFinding, b: CandidateFinding): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
