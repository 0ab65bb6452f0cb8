import type { FindingId } from '@continuum/contract/ids';

/** Longest body that GitHub takes, in characters. */
export const MAX_BODY = 65_536;
const CUT_NOTE = '\n\n_(cut: GitHub takes no longer comment)_';

/** The invisible line that ends everything written under an idempotency key: `<!-- continuum:<key> -->`. */
export function keyMarker(key: string): string {
  const marker = `<!-- continuum:${encode(key)} -->`;
  // A key that happens to be called "summary" must not pass for the summary comment.
  return marker === SUMMARY_MARKER ? '<!-- continuum:%73ummary -->' : marker;
}

/** The invisible line that ties a comment to its finding. */
export function findingMarker(id: FindingId): string {
  return `<!-- continuum-finding:${encode(id)} -->`;
}

export const SUMMARY_MARKER = '<!-- continuum:summary -->';

/** Percent-encoded bytes outside a small alphabet: an HTML comment may hold neither `--` nor `>`. */
function encode(text: string): string {
  const percent = (char: string): string =>
    [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return text.replaceAll(/[^\w:./@#=+-]/gu, percent).replaceAll(/-(?=-)/g, '%2d');
}

/** Does a body end with a marker? The end is ours; anything before may quote strangers. */
export function endsWithMarker(body: string | null | undefined, marker: string): boolean {
  return (body ?? '').trimEnd().endsWith(marker);
}

const OUR_END = /<!-- continuum(?:-finding)?:[^>]* -->\s*$/;

/** Does a text end with any of our markers? Everything we write does; whoever quotes us writes something after it. */
export function isOurText(body: string): boolean {
  return OUR_END.test(body);
}

/** Text with its marker at the end, cut with a note where GitHub's limit of 65,536 characters demands it. */
export function withMarker(text: string, marker: string): string {
  const room = MAX_BODY - marker.length - 2;
  if (text.length <= room) return `${text}\n\n${marker}`;
  return `${cutAt(text, room - CUT_NOTE.length - FENCE_ROOM)}${CUT_NOTE}\n\n${marker}`;
}

/** Room to close a code block that the cut left open. */
const FENCE_ROOM = 64;

/** Text of at most `length` characters, an ellipsis for what is left out. */
export function cutText(text: string, length: number): string {
  return text.length <= length ? text : `${cutAt(text, length - FENCE_ROOM)}…`;
}

function cutAt(text: string, length: number): string {
  // Never between the two halves of a surrogate pair.
  const end = /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length;
  const kept = text.slice(0, end);
  const open = openFence(kept);
  return open === undefined || open.length > FENCE_ROOM - 2 ? kept : `${kept}\n${open}`;
}

/** The fence of the code block that is still open at the end of a Markdown text. */
function openFence(text: string): string | undefined {
  let open: string | undefined;
  for (const line of text.split('\n')) {
    const fence = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined) continue;
    if (open === undefined) open = fence;
    else if (fence.startsWith(open)) open = undefined;
  }
  return open;
}

/** A code block whose fence is longer than any run of backticks inside (CommonMark 4.5). */
export function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const inner = text === '' ? '' : `${text.replace(/\r?\n$/, '')}\n`;
  return `${fence}${language}\n${inner}${fence}`;
}
