import picomatch from 'picomatch';

/** The attributes of gitattributes(5) and of Linguist that say whether a file is worth reading. */
const WATCHED = ['linguist-generated', 'linguist-vendored', 'diff'] as const;
type Watched = (typeof WATCHED)[number];

/** One line that says something about the files it matches. */
export interface AttributeRule {
  /** 1-based. */
  readonly line: number;
  readonly matches: (path: string) => boolean;
  /** Null takes back what an earlier line said. */
  readonly says: ReadonlyMap<Watched, boolean | null>;
}

/** Why a file is not worth reading, and which line of `.gitattributes` says so. */
export interface Unwanted {
  readonly attribute: 'generated' | 'vendored' | 'no-diff';
  readonly line: number;
}

const LONGEST_LINE = 2_048;
const MOST_LINES = 5_000;
const MOST_WILDCARDS = 10;

type Says = Map<Watched, boolean | null>;
type Macros = Map<string, Says>;

/**
 * The lines of a `.gitattributes` at the root of a repository that speak of generated, vendored or undiffed files, in their
 * order. Never throws: what git itself would not understand says nothing. Macros (`[attr]name ...`, `binary`) are resolved.
 */
export function parseAttributes(text: string): AttributeRule[] {
  const macros: Macros = new Map([['binary', new Map([['diff', false]])]]);
  const lines = text.split(/\r?\n/, MOST_LINES);
  return lines.flatMap((line, index) => {
    if (line.length > LONGEST_LINE) return [];
    const entry = toEntry(line);
    if (entry === undefined) return [];
    const says = meaningOf(entry.attributes, macros);
    const macro = /^\[attr\](\S+)$/.exec(entry.pattern)?.[1];
    if (macro !== undefined) macros.set(macro, says);
    const matches = macro === undefined && says.size > 0 ? matcherOf(entry.pattern) : undefined;
    return matches === undefined ? [] : [{ line: index + 1, matches, says }];
  });
}

/** Why a path is not worth reading; undefined when it is. The last line that matches decides, as in git. */
export function unwantedBy(rules: readonly AttributeRule[], path: string): Unwanted | undefined {
  const matching = rules.filter((rule) => rule.matches(path));
  for (const [name, unwanted, attribute] of UNWANTED) {
    const rule = matching.findLast(({ says }) => says.has(name));
    if (rule?.says.get(name) === unwanted) return { attribute, line: rule.line };
  }
  return undefined;
}

const UNWANTED: readonly (readonly [Watched, boolean, Unwanted['attribute']])[] = [
  ['linguist-generated', true, 'generated'],
  ['linguist-vendored', true, 'vendored'],
  ['diff', false, 'no-diff'],
];

interface Entry {
  readonly pattern: string;
  readonly attributes: readonly string[];
}

function toEntry(line: string): Entry | undefined {
  const text = line.replace(/^[ \t\r\n]+/, '');
  if (text === '' || text.startsWith('#')) return undefined;
  const quoted = /^"((?:[^"\\]|\\.)*)"(?=[ \t]|$)/.exec(text);
  const pattern = quoted === null ? (/^[^ \t\r\n]+/.exec(text)?.[0] ?? '') : unquote(quoted[1] ?? '');
  const rest = text.slice(quoted === null ? pattern.length : quoted[0].length);
  return { pattern, attributes: rest.split(/[ \t\r\n]+/).filter((word) => word !== '') };
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };

/** A name as git quotes it in C style. */
function unquote(text: string): string {
  return text.replaceAll(/\\(.)/g, (_whole, char: string) => ESCAPES[char] ?? char);
}

function meaningOf(attributes: readonly string[], macros: Macros): Says {
  const says: Says = new Map();
  for (const attribute of attributes) {
    const [, sign = '', name = '', value] = /^([-!]?)([^=]+)(?:=(.*))?$/.exec(attribute) ?? [];
    const macro = sign === '' && value === undefined ? macros.get(name) : undefined;
    for (const [key, said] of macro ?? []) says.set(key, said);
    const watched = WATCHED.find((each) => each === name);
    if (watched !== undefined) says.set(watched, sign === '!' ? null : sign === '' && value !== 'false');
  }
  return says;
}

/** Parentheses and braces mean nothing to git; a class begins with `[!` or `[^` when it is turned round. */
function withoutBashisms(pattern: string): string {
  const parts = pattern.split(/(\\.|\[[!^]?\]?[^\]]*\])/);
  return parts
    .map((part, index) =>
      index % 2 === 0 ? part.replaceAll(/[()|+@!$^{}]/g, String.raw`\$&`) : part.replace(/^\[!/, '[^'),
    )
    .join('');
}

/** Patterns are those of gitignore(5), except that a directory does not speak for what it holds and nothing is negated. */
function matcherOf(pattern: string): ((path: string) => boolean) | undefined {
  if (pattern.startsWith('!') || pattern.endsWith('/') || pattern === '') return undefined;
  if ((pattern.match(/[*?[]/g)?.length ?? 0) > MOST_WILDCARDS) return undefined;
  const options = { dot: true, nobrace: true, noextglob: true, nonegate: true, maxLength: LONGEST_LINE };
  const plain = withoutBashisms(pattern);
  if (!pattern.includes('/')) return picomatch(plain, { ...options, basename: true });
  const anchored = plain.replace(/^\//, '').replace(/\/\*\*$/, '/**/*');
  return picomatch(anchored, options);
}
