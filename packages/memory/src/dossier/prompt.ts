import { type Described, featuresOf, structureOf } from '../features.ts';
import { dot } from '../logistic.ts';
import { scaled } from '../sparse-fit.ts';
import type { Recalled, TeamModel } from '../team-model.ts';
import { textViewOf } from '../text-view.ts';
import { words } from '../tokens.ts';
import { atomsIn, type Evidence, evidenceOf, type Named, type Tally } from './evidence.ts';
import { countWord, logitOf, logitWord, tallyWords } from './words.ts';

/** The two answers that a policy model is asked to weigh. */
export const POST = ' post';
export const SKIP = ' skip';

const MOST_PATH_WORDS = 8;
const MOST_CODE_WORDS = 14;
const MOST_FACTS = 14;
const MOST_NAMED = 4;
const MOST_AWAY = 2;
const MOST_OBSERVED = 4;
const MOST_NEAR = 3;
const MOST_REASON_WORDS = 8;
const NOTHING: Tally = { declined: 0, affirmed: 0 };

/** A finding alone, as the policy model reads it: rule, place, facts, code. */
export function barePrompt(described: Described): string {
  return `${describeLines(described).join('\n')}\nanswer:`;
}

/**
 * A finding with what the team taught that bears on it: the memory's own probability and what the text alone suggests,
 * tallies of its rule and structure, what people named in their reasons and whether it holds here, what the corrections show without being
 * said, and the nearest corrections in their words.
 */
export function dossierPrompt(described: Described, model: TeamModel, prior: number, memory: number): string {
  const evidence = evidenceOf(model);
  const lines = [
    ...describeLines(described),
    `memory ${logitWord('m', logitOf(memory))} ${logitWord('q', logitOf(prior))} ${tallyWords(evidence.all)}`,
    `text ${logitWord('m', textViewOf(model)(described.finding))}`,
    `rule ${tallyWords(evidence.byRule.get(described.finding.rule) ?? NOTHING)}`,
    `same ${tallyWords(evidence.byStructure.get(structureOf(described.finding)) ?? NOTHING)}`,
    ...namedLines(described, evidence),
    ...observedLines(described, evidence),
    ...nearLines(described, model),
  ];
  return `${lines.join('\n')}\nanswer:`;
}

function describeLines({ finding, atoms }: Described): string[] {
  const facts = [...atoms.facts].filter((atom) => !/^(severity|category|depth|top|callee|language)=/.test(atom));
  return [
    `${finding.rule} ${finding.category} ${finding.severity}`,
    `path ${words(finding.path).slice(-MOST_PATH_WORDS).join(' ')}`,
    `facts ${facts.slice(0, MOST_FACTS).join(' ')}`,
    `code ${words(finding.evidence).slice(0, MOST_CODE_WORDS).join(' ')}`,
  ];
}

function namedLines(described: Described, { named }: Evidence): string[] {
  const own = new Set(atomsIn(described.atoms));
  const strength = (one: Named): number => one.saidAgainst + one.saidFor;
  const ordered = named.toSorted((a, b) => strength(b) - strength(a) || (a.atom < b.atom ? -1 : 1));
  const here = ordered.filter((one) => own.has(one.atom) !== one.negated);
  const away = ordered.filter((one) => own.has(one.atom) === one.negated && one.saidAgainst > one.saidFor);
  return [
    ...here.slice(0, MOST_NAMED).map((one) => `here ${namedWords(one)}`),
    ...away.slice(0, MOST_AWAY).map((one) => `away ${namedWords(one)}`),
  ];
}

function namedWords(one: Named): string {
  const said = `${countWord('d', one.saidAgainst)} ${countWord('a', one.saidFor)}`;
  return `${one.negated ? 'not ' : ''}${one.atom} ${said} ${tallyWords(one)}`;
}

/** Atoms of the finding whose corrections lean most to one side, beyond what the team says on the whole. */
function observedLines(described: Described, { all, byAtom }: Evidence): string[] {
  const base = lean(all);
  const leaning = [...atomsIn(described.atoms)].flatMap((atom) => {
    const tally = byAtom.get(atom);
    return tally === undefined ? [] : [{ atom, tally, lean: Math.abs(lean(tally) - base) }];
  });
  leaning.sort((a, b) => b.lean - a.lean || (a.atom < b.atom ? -1 : 1));
  return leaning.slice(0, MOST_OBSERVED).map(({ atom, tally }) => `seen ${atom} ${tallyWords(tally)}`);
}

/** Log-odds of being affirmed, over their standard error where it is large: many clear corrections lean most. */
function lean({ declined, affirmed }: Tally): number {
  const logit = Math.log((affirmed + 1) / (declined + 1));
  return logit / Math.sqrt(1 / (affirmed + 1) + 1 / (declined + 1));
}

function nearLines(described: Described, model: TeamModel): string[] {
  const features = featuresOf(described, model.space);
  const vector = scaled(model.vocabulary.vector(features, false), model.fit.scales);
  const square = dot(vector, vector);
  const likeness = (one: Recalled): number => dot(vector, one.vector) / Math.sqrt(square * one.square || 1);
  const nearest = model.recalled
    .map((one) => ({ one, cosine: likeness(one) }))
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, MOST_NEAR);
  return nearest.map(({ one, cosine }) => nearWords(described, one, cosine));
}

function nearWords(described: Described, one: Recalled, cosine: number): string {
  const verdict = one.memory.verdict === 'decline' ? 'declined' : 'affirmed';
  const rule = one.finding.rule === described.finding.rule ? 'same-rule' : 'other-rule';
  const reason = words(one.memory.reason).slice(0, MOST_REASON_WORDS).join(' ');
  return `near ${verdict} ${rule} c${Math.round(cosine * 10)} ${reason}`.trimEnd();
}
