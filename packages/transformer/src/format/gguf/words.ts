/*
 * A tokenizer that cuts text at white space alone has no name of its own in llama.cpp. But when no merge reaches over white
 * space, cutting there changes nothing, and `gemma4`, which cuts at line ends only, gives the same tokens. It wants text
 * instead of GPT-2's letters for bytes: U+2581 for a space, `<0xC3>` for a byte that is no character. Two
 * things are lost by that: U+2581 in a text counts as a space, and a token that is several bytes of a character, but not
 * all of them, is never used.
 */
const SPACE = '\u2581';

/** GPT-2's letter of each byte: printable ones stand for themselves, the others for code points from 256 on. */
const BYTES: ReadonlyMap<string, number> = (() => {
  const isPrintable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return new Map(
    Array.from({ length: 256 }, (_, byte) => [String.fromCodePoint(isPrintable(byte) ? byte : next++), byte]),
  );
})();

/** A token as text; undefined for one that is a part of a character, or is not written in GPT-2's letters. */
function toText(token: string): string | undefined {
  const bytes = [...token].map((letter) => BYTES.get(letter) ?? -1);
  if (bytes.includes(-1)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}

/** A token in the letters of `gemma4`, and whether it is a bare byte; undefined for a longer part of a character. */
export function toWordToken(token: string): { readonly token: string; readonly isByte: boolean } | undefined {
  const text = toText(token);
  if (text !== undefined) return { token: text.replaceAll(' ', SPACE), isByte: false };
  const byte = [...token].length === 1 ? BYTES.get(token) : undefined;
  return byte === undefined
    ? undefined
    : { token: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, isByte: true };
}

/** Does this token stay within a word, with at most one space before it? */
export function isWithinWord(token: string): boolean {
  const text = toText(token);
  return text === undefined || text.length === 1 || !/\s/.test(text.replace(/^ /, ''));
}
