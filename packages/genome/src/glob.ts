/** Every comma-separated alternative in braces written out: `a/{b,c}` is `a/b` and `a/c`. Nested braces are literal. */
function expandBraces(pattern: string): string[] {
  const braces = /\{([^{}]*)\}/.exec(pattern);
  if (braces === null) return [pattern];
  const before = pattern.slice(0, braces.index);
  const after = pattern.slice(braces.index + braces[0].length);
  return (braces[1] ?? '').split(',').flatMap((choice) => expandBraces(before + choice + after));
}

const TOKEN = /\*\*\/|\*\*|\*|\?|[^*?]+/g;
const TRANSLATION: ReadonlyMap<string, string> = new Map([
  ['**/', '(?:[^/]+/)*'],
  ['**', '.*'],
  ['*', '[^/]*'],
  ['?', '[^/]'],
]);

function toRegExp(pattern: string): RegExp {
  const parts = pattern.match(TOKEN) ?? [];
  const source = parts.map((part) => TRANSLATION.get(part) ?? part.replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`));
  return new RegExp(`^${source.join('')}$`, 's');
}

export interface Glob {
  matches(path: string): boolean;
  /** How many characters the pattern fixes: more is narrower. */
  readonly literals: number;
}

/**
 * The plain globs of a pattern over `/`-separated repository paths: `**` any folders, `*` and `?` inside one name,
 * `{a,b}` alternatives. A dot at the start of a name is an ordinary character.
 */
export function toGlobs(pattern: string): Glob[] {
  return expandBraces(pattern).map((plain) => {
    const regexp = toRegExp(plain);
    return { matches: (path) => regexp.test(path), literals: plain.replaceAll(/[*?/]/g, '').length };
  });
}
