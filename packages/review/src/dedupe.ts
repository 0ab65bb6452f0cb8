import { type CandidateFinding, SEVERITY_RANK } from '@continuum/contract/finding';
import { normaliseEvidence } from './fingerprint.ts';

/** Weaknesses that tools file under different numbers although a reader sees one problem. */
const CWE_FAMILIES: readonly (readonly string[])[] = [
  ['CWE-77', 'CWE-78', 'CWE-88'],
  ['CWE-94', 'CWE-95', 'CWE-96', 'CWE-98', 'CWE-470'],
  ['CWE-79', 'CWE-80', 'CWE-87', 'CWE-116'],
  ['CWE-22', 'CWE-23', 'CWE-36', 'CWE-73'],
  ['CWE-89', 'CWE-564', 'CWE-943'],
  ['CWE-259', 'CWE-312', 'CWE-321', 'CWE-798'],
  ['CWE-185', 'CWE-400', 'CWE-730', 'CWE-1333'],
  ['CWE-326', 'CWE-327', 'CWE-328'],
  ['CWE-330', 'CWE-338'],
  ['CWE-915', 'CWE-1321'],
];

/**
 * Merges claims of the same weakness at the same place (same CWE family or rule, overlapping lines, or one line apart
 * when made by different analyzers). The best claim stays, `claimedBy` is joined, confidence of independent claims
 * becomes 1 - product of (1 - c), and a differing severity is told in the message. Order: path, line.
 */
export function dedupe(candidates: readonly CandidateFinding[]): CandidateFinding[] {
  const sorted = [...candidates].sort(byPlace);
  // Only claims on one file are ever compared: each with all others of a large change took minutes.
  return [...Map.groupBy(sorted, ({ path }) => path).values()].flatMap(dedupeFile);
}

function dedupeFile(sorted: readonly CandidateFinding[]): CandidateFinding[] {
  const overlapping: CandidateFinding[][] = [];
  for (const candidate of sorted) {
    const group = nearest(overlapping, candidate);
    if (group === undefined) overlapping.push([candidate]);
    else group.push(candidate);
  }
  return joinNeighbours(overlapping).map(merge);
}

/** Lines move a little between two pushes. */
const NEAR_LINES = 20;

/**
 * Do two tools say the same of one place, each under its own rule? The same weakness, about the same code, near by: told once,
 * whoever said it first and whatever was pushed in between.
 */
export function isSameClaim(one: CandidateFinding, other: CandidateFinding): boolean {
  if (one.rule === other.rule || !sameWeakness(one, other) || gapBetween(one, other) > NEAR_LINES) return false;
  const [a, b] = [normaliseEvidence(one.evidence), normaliseEvidence(other.evidence)];
  return a !== '' && b !== '' && (a.includes(b) || b.includes(a));
}

/** The analyzers or models behind a claim; the rule's own prefix when nobody is named. */
function claimants({ claimedBy, rule }: CandidateFinding): string[] {
  return claimedBy.length > 0 ? claimedBy : [rule.slice(0, rule.indexOf('/'))];
}

function family({ cwe, rule }: CandidateFinding): string {
  if (cwe === undefined) return rule.slice(rule.indexOf('/') + 1);
  return CWE_FAMILIES.find((members) => members.includes(cwe))?.[0] ?? cwe;
}

function nearest(groups: readonly CandidateFinding[][], candidate: CandidateFinding): CandidateFinding[] | undefined {
  let best: { group: CandidateFinding[]; distance: number } | undefined;
  for (const group of groups) {
    const distance = distanceTo(group, candidate);
    if (distance !== undefined && (best === undefined || distance < best.distance)) best = { group, distance };
  }
  return best?.group;
}

/** Undefined when the claim is another one; one rule that fires twice on a line means two places. */
function distanceTo(group: readonly CandidateFinding[], candidate: CandidateFinding): number | undefined {
  const [first] = group;
  if (first === undefined || !sameWeakness(first, candidate)) return undefined;
  if (!group.some((member) => gapBetween(member, candidate) === 0)) return undefined;
  const again = group.find(({ rule }) => rule === candidate.rule);
  if (again !== undefined && !samePlace(again, candidate)) return undefined;
  return Math.abs(first.line - candidate.line) * 1000 + Math.abs(first.column - candidate.column);
}

function sameWeakness(a: CandidateFinding, b: CandidateFinding): boolean {
  return a.path === b.path && (a.rule === b.rule || family(a) === family(b));
}

function samePlace(a: CandidateFinding, b: CandidateFinding): boolean {
  return a.line === b.line && a.column === b.column && a.evidence === b.evidence;
}

/** Lines between two claims; 0 when they overlap. */
function gapBetween(a: CandidateFinding, b: CandidateFinding): number {
  return Math.max(0, a.line - b.endLine, b.line - a.endLine);
}

function joinNeighbours(groups: readonly CandidateFinding[][]): CandidateFinding[][] {
  const joined: CandidateFinding[][] = [];
  for (const group of groups) {
    const neighbour = joined.find((other) => areNeighbours(other, group));
    if (neighbour === undefined) joined.push([...group]);
    else neighbour.push(...group);
  }
  return joined;
}

function areNeighbours(a: readonly CandidateFinding[], b: readonly CandidateFinding[]): boolean {
  const [first] = a;
  const [other] = b;
  if (first === undefined || other === undefined || !sameWeakness(first, other)) return false;
  const known = new Set(a.flatMap(claimants));
  if (b.flatMap(claimants).some((name) => known.has(name))) return false;
  return a.some((left) => b.some((right) => gapBetween(left, right) <= 1));
}

function merge(group: readonly CandidateFinding[]): CandidateFinding {
  const [best, ...others] = [...group].sort(byWorth);
  if (best === undefined) throw new RangeError('a group of claims is never empty');
  const claimedBy = [...new Set([best, ...others].flatMap(claimants))];
  if (others.length === 0) return { ...best, claimedBy };
  const cwe = best.cwe ?? others.find((other) => other.cwe !== undefined)?.cwe;
  const suggestion = best.suggestion ?? others.find((other) => other.suggestion !== undefined)?.suggestion;
  return {
    ...best,
    claimedBy,
    confidence: consensus(group),
    message: best.message + disagreement(best, others),
    references: [...new Set(group.flatMap(({ references }) => references))],
    ...(cwe === undefined ? {} : { cwe }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** Noisy-or over analyzers; two rules of one analyzer are one witness. */
function consensus(group: readonly CandidateFinding[]): number {
  const byClaimant = new Map<string, number>();
  for (const candidate of group) {
    const witness = claimants(candidate).join('+');
    byClaimant.set(witness, Math.max(byClaimant.get(witness) ?? 0, candidate.confidence));
  }
  return 1 - byClaimant.values().reduce((doubt, confidence) => doubt * (1 - confidence), 1);
}

function disagreement(best: CandidateFinding, others: readonly CandidateFinding[]): string {
  const differing = others.filter(({ severity }) => severity !== best.severity);
  if (differing.length === 0) return '';
  const opinions = differing.map((other) => `${claimants(other).join(', ')} says ${other.severity}`);
  return ` (${claimants(best).join(', ')} says ${best.severity}; ${[...new Set(opinions)].join('; ')}.)`;
}

function byWorth(a: CandidateFinding, b: CandidateFinding): number {
  const worth = ({ confidence, severity }: CandidateFinding) => confidence * (1 + SEVERITY_RANK[severity]);
  return worth(b) - worth(a) || (a.rule < b.rule ? -1 : 1);
}

function byPlace(a: CandidateFinding, b: CandidateFinding): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
