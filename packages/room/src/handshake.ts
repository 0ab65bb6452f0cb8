/** A claim that is not proven in this time is forgotten, in ms. */
export const CLAIM_MS = 15 * 60_000;
/** Bytes of chance that a code is made of: 40 bits, far beyond what can be guessed in a claim's time. */
export const CODE_BYTES = 5;

/** Crockford's base 32: no letters that read like digits, and no U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE = /^([0-9A-TV-Z]{4})-?([0-9A-TV-Z]{4})$/;

/** Five random bytes as a code that people can read and type, such as `K7QF-2M9X`. Throws RangeError for fewer. */
export function makeCode(random: Uint8Array): string {
  if (random.length < CODE_BYTES) throw new RangeError(`a code takes ${CODE_BYTES} random bytes`);
  const bits = [...random.subarray(0, CODE_BYTES)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = bits.match(/.{5}/g)?.map((five) => ALPHABET.charAt(Number.parseInt(five, 2))) ?? [];
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`;
}

/** A code as it was made, whatever people typed: small letters, no hyphen, O for 0, I and L for 1; undefined for none. */
export function readCode(text: string): string | undefined {
  const typed = text.trim().toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  const [, first, second] = CODE.exec(typed) ?? [];
  return first === undefined || second === undefined ? undefined : `${first}-${second}`;
}
