const ZERO_WIDTH = '\u200B';
/** Direction overrides and isolates that make code read differently than it runs (CVE-2021-42574). */
const BIDI = /[\u202A-\u202E\u2066-\u2069]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed here
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F]/g;
const CODE_SPAN = /(?<!`)(`[^`\n]+`)(?!`)/;
const MAX_CODE_LINES = 20;
const MAX_CODE_CHARS = 1500;

/** Nobody is notified, no issue is cross-linked, no hidden marker of ours is forged; the reader sees the same text. */
function disarm(text: string): string {
  return text
    .replaceAll(CONTROL, ' ')
    .replaceAll(BIDI, '�')
    .replaceAll(/@(?=[\w-])/g, `@${ZERO_WIDTH}`)
    .replaceAll('<!--', `<${ZERO_WIDTH}!--`)
    .replaceAll('-->', `--${ZERO_WIDTH}>`);
}

function escapeMarkup(text: string): string {
  return text
    .replaceAll(/[\\`[\]*_~|]/g, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/#(?=\d)/g, `#${ZERO_WIDTH}`);
}

/** Untrusted text as one line of Markdown without markup of its own, except `code spans`. */
export function escapeLine(text: string): string {
  const parts = text.replaceAll(/\s+/g, ' ').trim().split(CODE_SPAN);
  // Splitting on one group puts the code spans at the odd places.
  return parts.map((part, index) => (index % 2 === 1 ? disarm(part) : escapeMarkup(disarm(part)))).join('');
}

/** Untrusted text as Markdown paragraphs without markup of its own, except `code spans`. */
export function escapeText(text: string): string {
  const paragraphs = text.split(/\n\s*\n/).map(escapeLine);
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n');
}

/** Untrusted text inside a code span of one line; a longer fence than any run of backticks in it. */
export function codeSpan(text: string): string {
  const line = disarm(text.replaceAll(/\s+/g, ' ').trim());
  const ticks = '`'.repeat(longestTicks(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') || line === '' ? ' ' : '';
  return `${ticks}${pad}${line}${pad}${ticks}`;
}

/** Untrusted text as a fenced code block it cannot close; at most 20 lines and 1500 characters. */
export function codeBlock(text: string, language = ''): string {
  const body = clip(disarm(text.replaceAll('\r\n', '\n')));
  const fence = '`'.repeat(Math.max(3, longestTicks(body) + 1));
  return `${fence}${language.toLowerCase().replaceAll(/[^a-z0-9+#-]/g, '')}\n${body}\n${fence}`;
}

function longestTicks(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}

function clip(text: string): string {
  const lines = text.slice(0, MAX_CODE_CHARS).split('\n');
  const kept = lines.slice(0, MAX_CODE_LINES).join('\n');
  return kept.length < text.length ? `${kept}\n…` : kept;
}

/** A Markdown link when the address is plain http(s) or a path of our own web room, else the bare label. */
export function link(label: string, address: string | undefined): string {
  const safe = address !== undefined && /^(?:https?:\/\/|\/(?!\/))[^\s()<>"'\\]*$/.test(address);
  return safe ? `[${escapeLine(label)}](${address})` : escapeLine(label);
}
