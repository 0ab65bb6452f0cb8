/** Words of code or prose: camelCase, snake_case and paths are split, lower case, one letter and more, in order. */
export function words(text: string): string[] {
  const spaced = text.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2');
  return spaced.toLowerCase().match(/[a-z][a-z0-9]*|\d+/g) ?? [];
}

/** Identifiers and punctuation of source text as they stand; numbers and strings become classes. */
export function codeTokens(text: string): string[] {
  const tokens = text.match(/[A-Za-z_$][\w$]*|\d+|=>|[-+*/&|<>=!]=+|\+\+|--|&&|\|\||[^\s\w]/g) ?? [];
  return tokens.map((token) => (/^\d/.test(token) ? '#number' : token));
}

const SUFFIXES = /(?:ations?|izations?|ized|ised|izes?|ises?|izing|ising|ingly|ings?|edly|ed|ers?|ors?|ies|es|s|ly)$/;

/** A blunt stem, so that `sanitized`, `sanitizer` and `sanitising` meet; short words stay whole. */
export function stem(word: string): string {
  if (word.length <= 4) return word.replace(/s$/, '');
  const cut = word.replace(SUFFIXES, '');
  return cut.length >= 3 ? cut : word;
}
