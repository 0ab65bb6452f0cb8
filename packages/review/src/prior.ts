import type { CandidateFinding, Facts, Reason } from '@continuum/contract/finding';
import { PRIOR_WEIGHTS } from './prior-weights.ts';

/** One thing about a finding that speaks for or against posting it. */
export interface PriorFeature {
  /** Key of its weight. */
  readonly name: string;
  readonly value: number;
  readonly kind: Reason['kind'];
  /** One sentence a person understands. */
  readonly text: string;
}

const PATHS: Readonly<Record<Facts['pathClass'], string>> = {
  source: 'The file is source that ships.',
  test: 'The file is a test.',
  example: 'The file is an example.',
  'build-output': 'The file was built from other files.',
  'build-script': 'The file is a build script that developers run.',
  'command-line': 'The file is a command that its own user runs.',
  vendored: 'The file is a copy of somebody else’s code.',
  configuration: 'The file is configuration.',
  documentation: 'The file is documentation.',
};

const ORIGINS: Readonly<Record<string, string>> = {
  request: 'A value comes from a request.',
  parameter: 'A value is a parameter of the function.',
  environment: 'A value comes from the environment or the command line, which the operator sets.',
  configuration: 'A value comes from configuration or options.',
  'file-content': 'A value comes out of a file.',
  'own-directory': 'A value is the folder of the program itself.',
};

const GUARDS: Readonly<Record<string, string>> = {
  'prototype-key': 'The keys of the prototype are checked nearby.',
  'own-property': 'Only own properties get here.',
  'null-prototype': 'The object has no prototype.',
  'allow-list': 'The value is looked up in a list before.',
  'path-prefix': 'The path is compared with a folder before.',
  'length-check': 'The length is limited before.',
  pattern: 'The value is matched against a pattern before.',
  'type-check': 'The type is checked before.',
};

/** What the prior looks at: a candidate, or what was remembered of one. */
type Claimed = Pick<CandidateFinding, 'rule' | 'category' | 'severity' | 'confidence' | 'facts'> &
  Partial<Pick<CandidateFinding, 'claimedBy'>>;

const CONFIDENCE_LIMIT = 0.02;

/**
 * The probability that an average team wants a finding, before anything was learned about this team: a sum of
 * log-odds, every step of it in `why` with its weight and sentence.
 */
export function prior(candidate: Claimed): { score: number; why: Reason[] } {
  const steps = priorFeatures(candidate).map((feature) => ({ feature, weight: weightOf(feature) }));
  const logOdds = steps.reduce((sum, { weight }) => sum + weight, PRIOR_WEIGHTS.base ?? 0);
  const why = steps
    .filter(({ weight }) => weight !== 0)
    .map(({ feature: { kind, text }, weight }) => ({ kind, text, weight: Math.round(weight * 1000) / 1000 }));
  return { score: 1 / (1 + Math.exp(-logOdds)), why };
}

/** The features of a finding that the prior weighs, without those that have no weight. */
export function priorFeatures(candidate: Claimed): PriorFeature[] {
  const features = [...claimFeatures(candidate), ...placeFeatures(candidate.facts), ...flowFeatures(candidate)];
  return features.filter(({ name }) => PRIOR_WEIGHTS[name] !== undefined);
}

function weightOf({ name, value }: PriorFeature): number {
  return (PRIOR_WEIGHTS[name] ?? 0) * value;
}

function claimFeatures({ severity, category, confidence, rule, claimedBy = [] }: Claimed): PriorFeature[] {
  const bounded = Math.min(1 - CONFIDENCE_LIMIT, Math.max(CONFIDENCE_LIMIT, confidence));
  const percent = Math.round(confidence * 100);
  const claim: PriorFeature[] = [
    feature(`severity:${severity}`, 'analyzer', `Its severity is ${severity}.`),
    feature(`category:${category}`, 'analyzer', `It is a matter of ${category}.`),
    {
      name: 'confidence',
      value: Math.log(bounded / (1 - bounded)),
      kind: 'analyzer',
      text: `${rule} is ${percent} % sure by itself.`,
    },
  ];
  if (claimedBy.length > 1) claim.push(feature('consensus', 'consensus', `${claimedBy.join(' and ')} agree on it.`));
  return claim;
}

function placeFeatures(facts: Facts): PriorFeature[] {
  const place = [feature(`path:${facts.pathClass}`, 'path', PATHS[facts.pathClass])];
  if (facts.enclosing.includes('test-case')) place.push(feature('test-case', 'facts', 'It stands in a test case.'));
  return place;
}

function flowFeatures({ facts, category }: Claimed): PriorFeature[] {
  if (category !== 'security') return [];
  return [
    feature(`role:${facts.role}`, 'facts', `The expression is used as ${facts.role.replace('-', ' ')}.`),
    ...originFeatures(facts),
    ...facts.guards.map((guard) => feature(`guard:${guard}`, 'facts', GUARDS[guard] ?? `There is a ${guard} check.`)),
    ...facts.sanitizers.map((name) => feature(`sanitizer:${name}`, 'facts', `The value went through ${name}.`)),
  ];
}

function originFeatures({ origins, exported }: Facts): PriorFeature[] {
  // No value matters for the claim: the setting itself is wrong.
  if (origins.length === 0) return [];
  const named = origins.flatMap((origin) => {
    const text = ORIGINS[origin];
    return text === undefined ? [] : [feature(`origin:${origin}`, 'facts', text)];
  });
  if (origins.length > 0 && origins.every((origin) => origin === 'literal' || origin === 'constant')) {
    named.push(feature('origin:harmless', 'facts', 'Only literals and constants get here.'));
  } else if (named.length === 0) {
    named.push(feature('origin:untraced', 'facts', 'Where the value comes from is not known.'));
  }
  const parameter = origins.includes('parameter');
  if (parameter && exported) {
    named.push(feature('exported-parameter', 'facts', 'Callers in other modules decide the value.'));
  } else if (!exported && !origins.includes('request')) {
    named.push(feature('unreachable', 'facts', 'Other modules do not reach the function directly.'));
  }
  return named;
}

function feature(name: string, kind: Reason['kind'], text: string): PriorFeature {
  return { name, value: 1, kind, text };
}
