import type { Described } from '@continuum/memory/features';
import { words } from '@continuum/memory/tokens';
import { CONCEPTS, type Concept } from './concepts.ts';
import {
  AFFIRM_NEGATED,
  AFFIRM_PLAIN,
  BESIDE,
  DECLINE,
  DECLINE_PLAIN,
  NOUNS,
  RULE_DECLINE,
  WORD_DECLINE,
} from './phrases.ts';

export type Random = () => number;

/** One thing that may be true of a finding, and how people put it when they decline because of it. */
interface Predicate {
  readonly holds: (one: Described) => boolean;
  readonly decline: (random: Random, one: Described) => string;
  readonly affirm: ((random: Random) => string) | undefined;
}

/** A generated team: it declines what any clause speaks against; within a clause all parts have to hold. */
export interface Policy {
  readonly clauses: readonly (readonly Predicate[])[];
  /** How its people answer: shares of replies without words, with empty words, beside the point, and of slips. */
  readonly manner: { readonly silent: number; readonly vague: number; readonly beside: number; readonly slip: number };
}

export interface Answer {
  readonly wanted: boolean;
  readonly reason: string;
}

const pick = <T>(random: Random, all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
const fill = (random: Random, templates: readonly string[], phrase: string): string =>
  (pick(random, templates) ?? '{}').replace('{}', phrase);

/** Draws a team whose policy declines between 8 and 92 % of the findings; undefined when none came up in a few draws. */
export function drawPolicy(random: Random, findings: readonly Described[]): Policy | undefined {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const clauses = Array.from({ length: 1 + Math.floor(random() * 3) }, () => drawClause(random, findings));
    const sample = Array.from({ length: 120 }, () => pick(random, findings)).filter((one) => one !== undefined);
    const share = sample.filter((one) => declines(clauses, one)).length / sample.length;
    if (share >= 0.08 && share <= 0.92) return { clauses, manner: drawManner(random) };
  }
  return undefined;
}

function drawManner(random: Random): Policy['manner'] {
  return { silent: 0.05 + 0.4 * random() ** 2, vague: 0.2 * random(), beside: 0.08 * random(), slip: 0.1 * random() };
}

function drawClause(random: Random, findings: readonly Described[]): Predicate[] {
  const about = pick(random, findings);
  if (about === undefined) return [];
  const first = drawPredicate(random, about, findings);
  return random() < 0.3 ? [first, drawPredicate(random, about, findings)] : [first];
}

/** A predicate that holds for the given finding, so that it is about something that occurs. */
function drawPredicate(random: Random, about: Described, findings: readonly Described[]): Predicate {
  const kind = random();
  if (kind < 0.25) return factPredicate(random, about);
  if (kind < 0.4) return rulePredicate(random, about, findings);
  if (kind < 0.8) return conceptPredicate(random, about);
  return wordPredicate(random, about, findings);
}

function factPredicate(random: Random, about: Described): Predicate {
  const atom =
    pick(
      random,
      [...about.atoms.facts].filter((each) => NOUNS[each] !== undefined),
    ) ?? 'path=source';
  const nouns = NOUNS[atom] ?? [atom];
  // People mean the thing, not our fact about it: some of what they mean can be seen in the names only.
  const strays = random() < 0.5 ? new Set(drawWords(random, about, 3)) : new Set<string>();
  return {
    holds: ({ atoms }) => atoms.facts.has(atom) || [...strays].some((word) => atoms.words.has(word)),
    decline: (say) => fill(say, DECLINE, pick(say, nouns) ?? ''),
    affirm: (say) => fill(say, AFFIRM_NEGATED, pick(say, nouns) ?? ''),
  };
}

function rulePredicate(random: Random, about: Described, findings: readonly Described[]): Predicate {
  const rules = [...new Set(findings.map(({ finding }) => finding.rule))];
  const name = about.finding.rule.slice(about.finding.rule.indexOf('/') + 1);
  const word =
    pick(
      random,
      words(name).filter((each) => each.length > 2 && each !== 'detect' && each !== 'non'),
    ) ?? name;
  const group = new Set(random() < 0.5 ? [about.finding.rule] : rules.filter((rule) => rule.includes(word)));
  return {
    holds: ({ finding }) => group.has(finding.rule),
    decline: (say) => fill(say, RULE_DECLINE, pick(say, [word, name.replaceAll('-', ' '), 'this rule']) ?? word),
    affirm: undefined,
  };
}

function conceptPredicate(random: Random, about: Described): Predicate {
  const concept = pick(
    random,
    CONCEPTS.filter((each) => means(each, about)),
  );
  if (concept === undefined) return factPredicate(random, about);
  return {
    holds: (one) => means(concept, one),
    decline: (say) => fill(say, DECLINE, pick(say, concept.nouns) ?? ''),
    affirm: (say) => fill(say, AFFIRM_NEGATED, pick(say, concept.nouns) ?? ''),
  };
}

function means({ pattern, where }: Concept, { finding }: Described): boolean {
  const text = where === 'evidence' ? finding.evidence : where === 'path' ? finding.path : finding.facts.functionName;
  return pattern.test(text);
}

function wordPredicate(random: Random, about: Described, findings: readonly Described[]): Predicate {
  const family = pick(random, ['folder=', 'fileword=', 'function=', 'code=', 'code=', 'index=']) ?? 'code=';
  const seeds = [about, ...Array.from({ length: Math.floor(random() * 5) }, () => pick(random, findings))];
  const chosen = seeds.flatMap((one) => (one === undefined ? [] : drawWords(random, one, 1, family)));
  const group = new Set(chosen);
  if (group.size === 0) return factPredicate(random, about);
  const nameOf = (atom: string): string => atom.slice(atom.indexOf('=') + 1);
  return {
    holds: ({ atoms }) => chosen.some((word) => atoms.words.has(word)),
    decline: (say, one) => {
      const own = chosen.filter((word) => one.atoms.words.has(word));
      return fill(say, WORD_DECLINE, nameOf(pick(say, say() < 0.7 ? own : chosen) ?? chosen[0] ?? ''));
    },
    affirm: undefined,
  };
}

function drawWords(random: Random, { atoms }: Described, most: number, family = ''): string[] {
  const usable = [...atoms.words].filter((word) => word.startsWith(family) && /=[a-z_$]{2,}/i.test(word));
  return Array.from({ length: most }, () => pick(random, usable)).filter((word) => word !== undefined);
}

function declines(clauses: Policy['clauses'], one: Described): boolean {
  return clauses.some((parts) => parts.length > 0 && parts.every((part) => part.holds(one)));
}

/** The truth of a team: does it want to see the finding? */
export function wants({ clauses }: Policy, one: Described): boolean {
  return !declines(clauses, one);
}

/** What a person of the team answers to a finding. */
export function answer(policy: Policy, one: Described, random: Random): Answer {
  const { silent, vague, beside, slip } = policy.manner;
  const slipped = random() < slip;
  const wanted = wants(policy, one) !== slipped;
  const kind = random();
  if (kind < silent) return { wanted, reason: '' };
  if (kind < silent + vague || slipped)
    return { wanted, reason: pick(random, wanted ? AFFIRM_PLAIN : DECLINE_PLAIN) ?? '' };
  if (kind < silent + vague + beside) return { wanted, reason: pick(random, BESIDE) ?? '' };
  return { wanted, reason: wanted ? affirmation(policy, random) : refusal(policy, one, random) };
}

function refusal({ clauses }: Policy, one: Described, random: Random): string {
  const deciding = pick(
    random,
    clauses.filter((parts) => parts.length > 0 && parts.every((part) => part.holds(one))),
  );
  if (deciding === undefined) return pick(random, DECLINE_PLAIN) ?? '';
  const said = deciding.map((part) => part.decline(random, one));
  return random() < 0.7 ? said.join(' and ') : (pick(random, said) ?? '');
}

function affirmation({ clauses }: Policy, random: Random): string {
  const part = pick(random, clauses.flat());
  return part?.affirm === undefined || random() < 0.4 ? (pick(random, AFFIRM_PLAIN) ?? '') : part.affirm(random);
}
