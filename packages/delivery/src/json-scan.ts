import { JSON_OBJECT_MODULE } from './json-object-module.ts';

const PAGE_BYTES = 1 << 16;
/** A payload has some 20 kB; what is longer than a megabyte is rare enough to be parsed. */
const PAGES = 16;
/** What the scan writes and reads behind the text. */
const MARGIN_BYTES = 16;
const MOST_BYTES = PAGES * PAGE_BYTES - MARGIN_BYTES;
/** One bit for each open array or object. */
const MOST_DEPTH = 64;

const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
const module = new WebAssembly.Module(Buffer.from(JSON_OBJECT_MODULE, 'base64'));
const { isCompactObject: scan } = new WebAssembly.Instance(module, { env: { memory } }).exports;
const place = new Uint8Array(memory.buffer);

/**
 * Is this surely a JSON object (RFC 8259) without spaces, nested at most `limit` deep (64 or less)? `text` is valid UTF-8. False
 * says only that a parser has to look. No text and no value is made, and strings are searched 16 bytes at a time: for the payloads
 * of webhooks, which are compact and mostly strings, this takes a fifth of the time of parsing them and leaves no garbage.
 */
export function isCompactObject(text: Uint8Array, limit: number): boolean {
  if (text.length > MOST_BYTES || limit > MOST_DEPTH) return false;
  place.set(text);
  return scan?.(text.length, limit) === 1;
}
