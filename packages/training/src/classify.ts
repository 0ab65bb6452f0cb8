import type { Author } from '@continuum/contract/room';
import { type Clause, ownText, toClauses } from './clauses.ts';
import { CUES, type Cue, DOWN_EMOJI, EMPTY_IDIOMS, NEGATORS, OBLIGATION, UP_EMOJI } from './cues.ts';

export interface ReplyContext {
  /** The message answers a finding. */
  readonly aboutFinding: boolean;
  readonly authorKind: Author['kind'];
}

export interface Reply {
  readonly signal: 'correction' | 'confirmation' | 'question' | 'response';
  /** What the writer makes of the finding: `decline` it was wrong, `affirm` it was right. Only about a finding. */
  readonly verdict?: 'decline' | 'affirm';
  /** In [0, 1]. */
  readonly confidence: number;
}

const RESPONSE: Reply = { signal: 'response', confidence: 0.5 };
const NEGATION_REACH = 7;
const DECISIVE = 0.35;
const SARCASM = /(?:^|\s)\/s\b|🙄|\blol\b|\bslow clap\b|\bsure jan\b/i;
const OBJECTION =
  /\b(?:actually|in fact|should (?:not )?(?:use|be|have|go|return|call|check|also)|must (?:not )?(?:use|be)|instead of|you (?:missed|forgot|overlooked)|not quite|that is not|this is not|(?:does|do|did) not work|wrong|incorrect|mistaken|never use|do not use|rather use|needs to (?:use|be)|we (?:always|never) )\b/;

/**
 * What a reply means, by a lexical grammar of clauses: cues of agreement and disagreement, each turned round by
 * negation, obligation or sarcasm before it. Quotes, code and questions are nobody's judgement; a language it does not
 * know is a plain response.
 */
export function classifyReply(text: string, context: ReplyContext): Reply {
  if (context.authorKind === 'system') return RESPONSE;
  const emoji = emojiVerdict(ownText(text));
  if (emoji !== undefined) return judged(emoji === 'decline' ? 1 : -1, 0.7, context);
  const clauses = toClauses(text);
  const lean = sarcastic(text, leanOf(clauses.filter(({ question }) => !question)));
  const asked = clauses.some(({ question }) => question);
  if (context.aboutFinding) return aboutFinding(lean, asked, context);
  return aboutAnything(clauses, lean, asked);
}

function aboutFinding(lean: Lean, asked: boolean, context: ReplyContext): Reply {
  const margin = Math.abs(lean.decline - lean.affirm);
  if (margin >= DECISIVE) return judged(lean.decline - lean.affirm, confidenceOf(lean), context);
  return asked ? { signal: 'question', confidence: 0.8 } : RESPONSE;
}

function aboutAnything(clauses: readonly Clause[], lean: Lean, asked: boolean): Reply {
  const said = clauses.filter(({ question }) => !question);
  if (said.some((clause) => OBJECTION.test(clause.text))) return { signal: 'correction', confidence: 0.7 };
  if (asked) return { signal: 'question', confidence: 0.8 };
  if (lean.affirm - lean.decline >= DECISIVE) return { signal: 'confirmation', confidence: confidenceOf(lean) };
  return RESPONSE;
}

/** Above 0 declines, below 0 affirms. */
function judged(lean: number, confidence: number, context: ReplyContext): Reply {
  const decline = lean > 0;
  const signal = decline ? 'correction' : 'confirmation';
  return context.aboutFinding
    ? { signal, verdict: decline ? 'decline' : 'affirm', confidence }
    : { signal, confidence };
}

interface Lean {
  readonly decline: number;
  readonly affirm: number;
}

/** More evidence and less of the opposite give more confidence, in (0, 1). */
function confidenceOf({ decline, affirm }: Lean): number {
  return Math.min(0.99, Math.abs(decline - affirm) / (decline + affirm + 0.4));
}

function leanOf(clauses: readonly Clause[]): Lean {
  const leans = clauses.flatMap((clause) => clauseLeans(clause.text).map((lean) => lean * clause.weight));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + Math.abs(value), 0);
  return { decline: sum(leans.filter((lean) => lean > 0)), affirm: sum(leans.filter((lean) => lean < 0)) };
}

function clauseLeans(text: string): number[] {
  const clause = text.replaceAll(EMPTY_IDIOMS, ' ').trim();
  if (/^(?:no|nope|nah)$/.test(clause)) return [0.7];
  if (/^(?:yes|yep|yeah|yup|sure|ok|okay|exactly|absolutely|definitely|indeed|\+1)$/.test(clause)) return [-0.6];
  if (/^(?:if|unless|when|once)\b/.test(clause)) return [];
  const fixed = withoutOverlap(matches(clause, (cue) => cue.kind === 'fixed'));
  // What an idiom already says is not counted again by the words in it.
  const rest = fixed.reduce(
    (left, { start, end }) => left.slice(0, start) + blank(left, start, end) + left.slice(end),
    clause,
  );
  const others = matches(rest, (cue) => cue.kind !== 'fixed');
  return [...fixed.map(({ cue }) => cue.lean), ...others.map((match) => turned(rest, match))];
}

interface Match {
  readonly cue: Cue;
  readonly start: number;
  readonly end: number;
}

function matches(clause: string, wanted: (cue: Cue) => boolean): Match[] {
  return CUES.filter(wanted).flatMap((cue) =>
    [...clause.matchAll(cue.pattern)].map(({ index, 0: found }) => ({ cue, start: index, end: index + found.length })),
  );
}

/** Of two idioms over the same words the earlier, then the longer one counts. */
function withoutOverlap(found: readonly Match[]): Match[] {
  const ordered = found.toSorted((one, other) => one.start - other.start || other.end - one.end);
  const kept: Match[] = [];
  for (const match of ordered) if (match.start >= (kept.at(-1)?.end ?? 0)) kept.push(match);
  return kept;
}

/** An idiom is replaced by what keeps its negation away from the next cue. */
function blank(text: string, start: number, end: number): string {
  return text.slice(start, end).replaceAll(/\S/g, '·');
}

function turned(clause: string, { cue, start }: Match): number {
  const before = clause.slice(0, start);
  const words = before.split(/[^a-z']+/).filter((word) => word !== '');
  const negations = words.slice(-NEGATION_REACH).filter((word) => NEGATORS.has(word)).length;
  const obliged = cue.kind === 'remedy' && isTodo(clause, before);
  return (negations + (obliged ? 1 : 0)) % 2 === 1 ? -cue.lean : cue.lean;
}

/** "should be escaped" and "it is escaped now" speak of a change; "is already escaped" of the code as it stands. */
function isTodo(clause: string, before: string): boolean {
  if (/\balready\b/.test(clause)) return false;
  return OBLIGATION.test(before) || /\bnow\b/.test(clause) || /^i (?:have )?$/.test(before);
}

function sarcastic(text: string, lean: Lean): Lean {
  if (!SARCASM.test(text) || lean.decline >= lean.affirm) return lean;
  return { decline: lean.affirm, affirm: lean.decline };
}

const EMOJI = /\p{Extended_Pictographic}\uFE0F?|:[+\w-]+:|[+-]1/gu;

/** The judgement of a message of nothing but emoji; undefined when there are words or no clear sign. */
function emojiVerdict(text: string): 'decline' | 'affirm' | undefined {
  const found = text.match(EMOJI) ?? [];
  const rest = text.replaceAll(EMOJI, '').replaceAll(/[\p{Emoji_Modifier}\s!]/gu, '');
  if (found.length === 0 || rest !== '') return undefined;
  const votes = found.map((sign) => reactionVerdict(sign));
  if (votes.includes('decline')) return votes.includes('affirm') ? undefined : 'decline';
  return votes.includes('affirm') ? 'affirm' : undefined;
}

/** What a reaction says of the finding it is put on; undefined for one that is no judgement. */
export function reactionVerdict(emoji: string): 'decline' | 'affirm' | undefined {
  const name = emoji.replaceAll(/^:|:$|\p{Emoji_Modifier}/gu, '');
  if (DOWN_EMOJI.has(name)) return 'decline';
  return UP_EMOJI.has(name) ? 'affirm' : undefined;
}
