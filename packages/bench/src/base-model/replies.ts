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
import type { Random } from './policies.ts';

/** What a reply under a finding can be. */
export type ReplyKind = 'correction' | 'confirmation' | 'question' | 'other';

export interface GeneratedReply {
  readonly text: string;
  readonly kind: ReplyKind;
}

const THINGS = [
  'the key',
  'this value',
  'that path',
  'the regex',
  'this query',
  'the import',
  'this call',
  'the name',
  'that line',
  'the input',
];
const RULES = [
  'object injection',
  'path traversal',
  'regex',
  'eval',
  'sql',
  'secrets',
  'licences',
  'prototype',
  'command execution',
  'file names',
];
const NAMES = [
  'parseOptions',
  'cache',
  'opts',
  'legacy',
  'walk',
  'registry',
  'readFile',
  'merge',
  'fixtures',
  'vendor',
  'state',
  'id',
];
const OPENERS = ['', '', '', 'actually, ', 'hm, ', 'well, ', 'hi, ', 'sorry but ', 'to be clear: ', 'fyi '];
const CLOSERS = ['', '', '', '.', '!', ' please', ' for now', ', see above', ' imo', ' 🙂'];

const CORRECTIONS = [
  '{t} is not reachable from outside',
  'wrong, {t} never leaves this module',
  'this is a false positive',
  'no, {t} is safe here',
  "that's not how it works, {t} is fixed",
  'disagree: {t} cannot be set by a user',
  'not a bug, {t} is meant to be so',
  "we don't do that for {t}",
  'you missed the check on {t}',
  '{t} is escaped two lines above',
  'never report {r} here',
  'wontfix, {r} is by design',
  'should not be flagged, {t} is constant',
];
const CONFIRMATIONS = [
  'good catch, {t} needs a check',
  'fixed in the next commit',
  'you are right about {t}',
  'true, I will change {t}',
  'thanks, pushed a fix',
  'yes, {t} comes from the user',
  'indeed, {r} is a risk here',
  'ouch, nice find',
  'correct, {t} was unchecked',
  'done, {t} is validated now',
  'makes sense, changing it',
  'well spotted',
];
const QUESTIONS = [
  'why is {t} a problem?',
  'what does {r} mean here?',
  'can you explain {t}?',
  'how would an attacker reach {t}?',
  'is {t} really unsafe?',
  'which line do you mean?',
  'do you have an example for {r}?',
  'what should I use instead',
  'where does {t} come from?',
  'could you show a fix for {t}',
  "I don't understand, why {r}?",
  'does that also hold for tests?',
];
const OTHERS = [
  'rebasing now',
  'cc the platform team',
  'merging after lunch',
  'CI is red again',
  'bumped the version',
  'let us talk tomorrow',
  'moved this to the backlog',
  'see also the design document',
  'LGTM',
  'assigning this to the next sprint',
  'the docs build is slow',
  'updated the changelog',
  'closing and reopening to trigger the build',
  'draft, not ready yet',
];

const pick = (random: Random, all: readonly string[]): string => all[Math.floor(random() * all.length)] ?? '';

/** One reply as people write under findings, with what it is. */
export function drawReply(random: Random): GeneratedReply {
  const kinds: readonly ReplyKind[] = ['correction', 'confirmation', 'question', 'other'];
  const kind = kinds[Math.floor(random() * kinds.length)] ?? 'other';
  const text = `${pick(random, OPENERS)}${bodyOf(kind, random)}${kind === 'question' ? '' : pick(random, CLOSERS)}`;
  return { kind, text: random() < 0.3 ? text.toUpperCase().slice(0, 1) + text.slice(1) : text };
}

function bodyOf(kind: ReplyKind, random: Random): string {
  const nouns = pick(random, Object.values(NOUNS).flat());
  const fill = (template: string): string =>
    template.replace('{t}', pick(random, THINGS)).replace('{r}', pick(random, RULES)).replace('{}', nouns);
  switch (kind) {
    case 'correction':
      return correction(random, fill);
    case 'confirmation':
      return fill(pick(random, [...CONFIRMATIONS, ...CONFIRMATIONS, ...AFFIRM_NEGATED, ...AFFIRM_PLAIN]));
    case 'question':
      return fill(pick(random, QUESTIONS));
    case 'other':
      return pick(random, [...OTHERS, ...OTHERS, ...BESIDE]);
  }
}

function correction(random: Random, fill: (template: string) => string): string {
  const kind = random();
  if (kind < 0.4) return fill(pick(random, CORRECTIONS));
  if (kind < 0.7) return fill(pick(random, DECLINE));
  if (kind < 0.8) return pick(random, WORD_DECLINE).replace('{}', pick(random, NAMES));
  if (kind < 0.9) return pick(random, RULE_DECLINE).replace('{}', pick(random, RULES));
  return pick(random, DECLINE_PLAIN);
}
