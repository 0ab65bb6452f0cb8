/** A piece of a line. Everything is text; a link's `href` is http or https, always. */
export type Inline =
  | { readonly kind: 'text' | 'code' | 'bold' | 'mention'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

export type Block =
  | { readonly kind: 'code'; readonly text: string; readonly language: string }
  | { readonly kind: 'paragraph' | 'heading' | 'quote'; readonly inlines: readonly Inline[] }
  | { readonly kind: 'list'; readonly items: ReadonlyArray<readonly Inline[]> };

const LABEL = /\[((?:\\.|[^\]\\\n]){1,300})\]/.source;
const INLINE = new RegExp(
  [
    /(\\[!-/:-@[-`{-~])/, // 1 escaped punctuation
    /(?<!`)(`+)(?!`)([^\n]*?[^`\n])\2(?!`)/, // 2 fence, 3 code
    /\*\*((?:\\.|[^*\\\n])+)\*\*/, // 4 bold
    new RegExp(String.raw`${LABEL}\((https?:\/\/[^\s()<>"']+)\)`), // 5, 6 link
    new RegExp(String.raw`${LABEL}\(\/[^\s()<>"']*\)`), // 7 link inside this web room: its label
    /(https?:\/\/[^\s()<>"'`]*[^\s()<>"'`.,;:!?])/, // 8 bare address
    /(?<![\w@])(@[A-Za-z0-9][\w-]{0,63})/, // 9 mention
  ]
    .map((part) => part.source)
    .join('|'),
  'g',
);

/** Splits one paragraph into pieces: code spans, bold, links, mentions, and text for all the rest. */
export function parseInline(text: string): Inline[] {
  const pieces: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    append(pieces, { kind: 'text', text: decode(text.slice(end, match.index)) });
    append(pieces, toPiece(match));
    end = match.index + match[0].length;
  }
  append(pieces, { kind: 'text', text: decode(text.slice(end)) });
  return pieces;
}

function append(pieces: Inline[], piece: Inline): void {
  const last = pieces.at(-1);
  if (piece.text === '') return;
  if (last?.kind === 'text' && piece.kind === 'text')
    pieces[pieces.length - 1] = { kind: 'text', text: last.text + piece.text };
  else pieces.push(piece);
}

function toPiece([all, escaped, , code, bold, label, href, own, address, mention]: RegExpExecArray): Inline {
  if (escaped !== undefined) return { kind: 'text', text: escaped.slice(1) };
  if (code !== undefined) return { kind: 'code', text: code.replace(/^ (.+) $/, '$1') };
  if (bold !== undefined) return { kind: 'bold', text: plain(bold) };
  if (mention !== undefined) return { kind: 'mention', text: mention };
  const target = href ?? address;
  if (target !== undefined && isWebAddress(target)) return { kind: 'link', text: plain(label ?? target), href: target };
  return { kind: 'text', text: plain(own ?? all) };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
};

function decode(text: string): string {
  return text.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}

function plain(text: string): string {
  return decode(text.replace(/\\([!-/:-@[-`{-~])/g, '$1'));
}

/** Only such addresses become links: never `javascript:`, `data:` or anything relative. */
export function isWebAddress(address: string): boolean {
  return URL.canParse(address) && ['http:', 'https:'].includes(new URL(address).protocol);
}

/** A path inside this web room, such as `/#/room/dev-updates`; never another host, however it is written. */
export function isOwnAddress(address: string): boolean {
  return /^\/(?![/\\])/.test(address);
}

const FENCE = /^ {0,3}(`{3,})([\w+#-]*)[^`]*$/;

/** A tiny, safe part of Markdown as data; HTML stays text; comments (markers of bots) and `sub` tags are dropped. */
export function parseMarkdown(source: string): Block[] {
  const lines = source.replace(/<!--[\s\S]*?-->|<\/?sub>/g, '').split(/\r?\n/);
  const blocks: Block[] = [];
  let index = 0;
  while (index < lines.length) {
    const fence = FENCE.exec(lines[index] ?? '');
    const next = fence === null ? textBlock(lines, index) : codeBlock(lines, index, fence);
    if (next.block !== undefined) blocks.push(next.block);
    index = next.end;
  }
  return blocks;
}

interface Step {
  readonly block: Block | undefined;
  /** The first line that was not used. */
  readonly end: number;
}

function codeBlock(lines: readonly string[], start: number, [, ticks = '', language = '']: RegExpExecArray): Step {
  const rest = lines.slice(start + 1);
  const close = rest.findIndex((line) => line.trim().startsWith(ticks) && /^ {0,3}`+\s*$/.test(line));
  const length = close === -1 ? rest.length : close;
  return {
    block: { kind: 'code', text: rest.slice(0, length).join('\n'), language },
    end: start + length + (close === -1 ? 1 : 2),
  };
}

const ITEM = /^\s*[-*•] +/;

function textBlock(lines: readonly string[], start: number): Step {
  const first = lines[start] ?? '';
  if (first.trim() === '') return { block: undefined, end: start + 1 };
  const heading = /^#{1,6} +(.+)$/.exec(first)?.[1];
  if (heading !== undefined) return { block: { kind: 'heading', inlines: parseInline(heading) }, end: start + 1 };
  const kind = kindOf(first);
  let end = start + 1;
  while (end < lines.length && continues(lines[end] ?? '', kind)) end += 1;
  return { block: toBlock(kind, lines.slice(start, end)), end };
}

type TextKind = 'list' | 'quote' | 'paragraph';

function kindOf(line: string): TextKind {
  if (ITEM.test(line)) return 'list';
  return line.startsWith('>') ? 'quote' : 'paragraph';
}

function continues(line: string, kind: TextKind): boolean {
  return line.trim() !== '' && !FENCE.test(line) && !/^#{1,6} /.test(line) && kindOf(line) === kind;
}

function toBlock(kind: TextKind, lines: readonly string[]): Block {
  if (kind === 'list') return { kind, items: lines.map((line) => parseInline(line.replace(ITEM, ''))) };
  const text = lines.map((line) => (kind === 'quote' ? line.replace(/^> ?/, '') : line)).join('\n');
  return { kind, inlines: parseInline(text) };
}
