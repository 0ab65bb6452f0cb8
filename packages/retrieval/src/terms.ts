import { stemmer } from 'stemmer';

/** A word of a text, reduced so that its forms meet. */
export interface Term {
  /** `authentication`, `Auth` and `login` are one; `redirects` and `redirected` too. */
  readonly term: string;
  /** What it weighs in a question, from the way it is written and how much it says. */
  readonly weight: number;
}

/** A number, a code name or a word in backticks names one thing; a passage about another thing does not answer. */
const NAMES_ONE_THING = 2;
const ORDINARY = 1;
/** Words that most sentences of developers have. */
const SAYS_LITTLE = 0.25;

const MOST_CHARACTERS = 20_000;

const STOP_WORDS = new Set(
  `a about after again all also am an and any anybody anyone are aren as at be because been before being between both but by
  can cannot could couldn did didn do does doesn doing don done down each either else ever every everybody everyone few for
  from get gets getting got had has hasn have haven having he her here hers him his how i if in into is isn it its itself just
  let ll may me might more most much must my no nor not now of off on once one only or other our ours out over own please re same say said
  says she should shouldn so some somebody someone still such than thank thanks that the their theirs them then there these
  they this those through to too under until up us ve very was wasn way we were weren what when where which while who whom
  whose why will with won would wouldn yes yet you your yours hi hello hey ok okay explain tell show know knows known remember
  remind anything something nothing thing things really actually currently always never everywhere`.split(/\s+/),
);

const COMMON_WORDS = new Set(
  `add allow answer app application ask bad behave break call case cause change check choose code come correct decide
  decision do expect fail file fine fix flag found function give good go handle happen issue keep line look make matter mean
  method mind module need new ok old part people point problem project put reason repo repository result return right run
  safe see set start stop support take talk team tell think time today try turn use using value want warn work write wrong
  policy rule convention preferred prefer consider dangerous risk risky bug error version default possible necessary
  recommend place first last best better different service server system`
    .split(/\s+/)
    .map((word) => stemmer(word)),
);

/** Different words of the field for one thing; the first stands for all. */
const SAME: readonly (readonly string[])[] = [
  [
    'auth',
    'authentication',
    'authenticate',
    'authorization',
    'authorize',
    'authorisation',
    'authorise',
    'authenticated',
  ],
  ['login', 'signin', 'logon'],
  ['sql', 'sqli'],
  ['database', 'db', 'databases'],
  ['config', 'configuration', 'configure', 'configs', 'settings', 'setting'],
  ['env', 'environment'],
  ['dependency', 'dep', 'deps', 'dependencies'],
  ['license', 'licence', 'licenses', 'licences', 'licensing'],
  ['regex', 'regexp', 'regexes', 'redos'],
  ['credential', 'creds', 'credentials'],
  ['password', 'pwd', 'passwd', 'passwords', 'passphrase'],
  ['param', 'parameter', 'params', 'parameters'],
  ['arg', 'argument', 'args', 'arguments'],
  ['admin', 'administrator', 'admins'],
  ['doc', 'documentation', 'docs'],
  ['directory', 'folder', 'dir', 'folders', 'directories'],
  ['xss', 'scripting'],
  ['memory', 'mem'],
  ['package', 'pkg', 'packages'],
  ['permission', 'permissions', 'perms'],
  ['timeout', 'timeouts', 'timed'],
  ['deprecated', 'deprecation'],
  ['crypto', 'cryptography', 'cryptographic'],
  ['deserialize', 'deserialise', 'unserialize', 'deserialization', 'unmarshal'],
  ['sanitize', 'sanitise', 'sanitized', 'sanitised', 'sanitization', 'sanitizer', 'sanitiser'],
  ['exec', 'execute', 'execution', 'execfile', 'spawn'],
  ['javascript', 'js'],
  ['typescript', 'ts'],
  ['postgres', 'postgresql', 'pg'],
  ['kubernetes', 'k8s'],
  ['delete', 'remove', 'removal', 'deletion', 'drop'],
];
const STANDS_FOR = new Map(SAME.flatMap(([first = '', ...rest]) => rest.map((word) => [word, first] as const)));

/** A question meets the same words in hundreds of passages. */
const reduced = new Map<string, string>();
const MOST_REDUCED = 20_000;

function reduce(word: string): string {
  const known = reduced.get(word);
  if (known !== undefined) return known;
  if (reduced.size >= MOST_REDUCED) reduced.clear();
  const term = stemmer(STANDS_FOR.get(word) ?? word);
  reduced.set(word, term);
  return term;
}

/** `parseUserId` and `parse_user_id` as their words. */
function partsOf(name: string): string[] {
  // Most words are plain: this is run over every word of hundreds of passages.
  if (/^[A-Za-z]?[a-z]+$/.test(name)) return [name.toLowerCase()];
  const spaced = name.replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2').replaceAll(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1 $2');
  return spaced.toLowerCase().match(/\p{L}[\p{L}\p{M}\p{N}]*|\p{N}+/gu) ?? [];
}

/** What a file is written in says little about what is in it. */
const EXTENSION = /(?<=[\w$-])\.(?:[cm]?[jt]sx?|py|go|rs|java|rb|php|json|md|css|html|sql|ya?ml|toml)\b/g;

const NAME = /[\p{L}\p{N}_$][\p{L}\p{M}\p{N}_$]*/gu;

function readable(text: string): string {
  return text.slice(0, MOST_CHARACTERS).replaceAll(EXTENSION, ' ');
}

function isCompound(name: string): boolean {
  return /\p{Ll}\p{Lu}|[\p{L}\p{N}]_[\p{L}\p{N}]|\$/u.test(name);
}

/** The terms of a text in their order, with repeats: words of prose and of code, names both whole and in parts. */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  for (const [name] of readable(text).matchAll(NAME)) {
    const parts = partsOf(name).filter((part) => !STOP_WORDS.has(part));
    terms.push(...parts.map(reduce));
    if (isCompound(name)) terms.push(name.toLowerCase());
  }
  return terms;
}

const ALL_FORMS = new Map(SAME.flatMap((group) => group.map((word) => [word, group] as const)));

/** The words of a question as they may stand in a text, with those that say the same; small letters, not reduced. */
export function formsOf(question: string): string[] {
  const parts = [...readable(question).matchAll(NAME)].flatMap(([name]) => partsOf(name));
  const asked = parts.filter((part) => !STOP_WORDS.has(part));
  return asked.flatMap((part) => ALL_FORMS.get(part) ?? [part]);
}

/** The words and names of a question as they are written, each with the most that its terms weigh. */
export function namesOf(question: string): { readonly name: string; readonly weight: number }[] {
  const weights = new Map(questionTerms(question).map(({ term, weight }) => [term, weight]));
  const names = new Set([...readable(question).matchAll(NAME)].map(([name]) => name));
  return [...names].flatMap((name) => {
    const weight = Math.max(0, ...partsOf(name).map((part) => weights.get(reduce(part)) ?? 0));
    return weight === 0 ? [] : [{ name, weight }];
  });
}

/** What a question asks for: each term once, with what it weighs. Words such as "why" and "the" ask for nothing. */
export function questionTerms(question: string): Term[] {
  const text = readable(question);
  const quoted = new Set([...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => termsOf(code)));
  const weights = new Map<string, number>();
  for (const [name] of text.matchAll(NAME)) {
    const parts = partsOf(name).filter((part) => !STOP_WORDS.has(part));
    for (const part of parts) {
      const term = reduce(part);
      const weight = weightOf(term, isCompound(name) || quoted.has(term));
      weights.set(term, Math.max(weights.get(term) ?? 0, weight));
    }
  }
  return [...weights].map(([term, weight]) => ({ term, weight }));
}

function weightOf(term: string, isName: boolean): number {
  if (/^\d{2,}$/.test(term)) return NAMES_ONE_THING;
  if (COMMON_WORDS.has(term)) return SAYS_LITTLE;
  return isName ? NAMES_ONE_THING : ORDINARY;
}
