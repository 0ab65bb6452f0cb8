import { z } from 'zod';
import { type AdfMark, type AdfNode, isSafeAddress } from './adf.ts';

/** Deeper nodes are passed over: payloads of a source are bounded at 64 levels anyway. */
const MOST_LEVELS = 60;

/** One level of a document; what is below is parsed when it is reached. */
const Node = z.object({
  type: z.string(),
  attrs: z.record(z.string(), z.unknown()).optional().catch(undefined),
  content: z.array(z.unknown()).optional().catch(undefined),
  marks: z
    .array(z.object({ type: z.string(), attrs: z.record(z.string(), z.unknown()).optional() }))
    .optional()
    .catch(undefined),
  text: z.string().optional().catch(undefined),
});

/** A document of the Atlassian Document Format as Markdown; empty for what is none. Never throws. */
export function adfToMarkdown(document: unknown): string {
  const node = parse(document, 0);
  return node === undefined ? '' : blocks(node.content ?? []).trim();
}

function parse(value: unknown, level: number): AdfNode | undefined {
  const node = level > MOST_LEVELS ? undefined : Node.safeParse(value).data;
  if (node === undefined) return undefined;
  const { type, attrs, marks, text, content = [] } = node;
  return {
    type,
    content: content.flatMap((child) => parse(child, level + 1) ?? []),
    ...(attrs === undefined ? {} : { attrs }),
    ...(marks === undefined ? {} : { marks }),
    ...(text === undefined ? {} : { text }),
  };
}

function blocks(nodes: readonly AdfNode[]): string {
  return nodes
    .map(block)
    .filter((text) => text.trim() !== '')
    .join('\n\n');
}

type Render = (node: AdfNode) => string;

const BLOCKS: ReadonlyMap<string, Render> = new Map<string, Render>([
  ['paragraph', (node) => inlines(node)],
  ['heading', (node) => `${'#'.repeat(levelOf(node))} ${inlines(node)}`],
  ['codeBlock', codeBlock],
  ['blockquote', (node) => prefixed(blocks(node.content ?? []), '> ')],
  ['bulletList', (node) => items(node, () => '- ')],
  ['orderedList', (node) => items(node, (index) => `${orderOf(node) + index}. `)],
  ['taskList', (node) => items(node, (_, item) => (item.attrs?.state === 'DONE' ? '- [x] ' : '- [ ] '))],
  ['decisionList', (node) => items(node, () => '- ')],
  ['rule', () => '---'],
  ['table', table],
  ['expand', (node) => [textAttr(node, 'title'), blocks(node.content ?? [])].filter(Boolean).join('\n\n')],
  ['blockCard', card],
  ['embedCard', card],
]);

function block(node: AdfNode): string {
  const render = BLOCKS.get(node.type);
  if (render !== undefined) return render(node);
  const isInline = INLINES.has(node.type) || node.text !== undefined;
  return isInline ? inline(node) : blocks(node.content ?? []);
}

const INLINES: ReadonlyMap<string, Render> = new Map<string, Render>([
  ['hardBreak', () => '\n'],
  ['mention', (node) => textAttr(node, 'text') || `@${textAttr(node, 'id')}`],
  ['emoji', (node) => textAttr(node, 'text') || textAttr(node, 'shortName')],
  ['status', (node) => textAttr(node, 'text')],
  ['inlineCard', card],
]);

function inline(node: AdfNode): string {
  const render = INLINES.get(node.type);
  if (render !== undefined) return render(node);
  if (node.text === undefined) return inlines(node);
  return (node.marks ?? []).reduce(marked, node.text);
}

function inlines({ content = [] }: AdfNode): string {
  return content.map(inline).join('');
}

const WRAPS: Readonly<Record<string, string | undefined>> = { strong: '**', em: '_', strike: '~~', code: '`' };

function marked(text: string, { type, attrs }: AdfMark): string {
  if (type === 'link') return linked(text, attrs?.href);
  const wrap = WRAPS[type];
  const words = text.trim();
  // `** bold**` is no emphasis: blanks go outside.
  return wrap === undefined || words === '' ? text : text.replace(words, () => `${wrap}${words}${wrap}`);
}

function linked(text: string, href: unknown): string {
  if (!isSafeAddress(href)) return text;
  return href === text ? `<${href}>` : `[${text}](${href})`;
}

function codeBlock(node: AdfNode): string {
  const code = (node.content ?? []).map(({ text = '' }) => text).join('');
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const language = textAttr(node, 'language').replaceAll(/[^\w+#.-]/g, '');
  return `${fence}${language}\n${code}\n${fence}`;
}

function items({ content = [] }: AdfNode, bullet: (index: number, item: AdfNode) => string): string {
  const lines = content.map((item, index) => {
    const lead = bullet(index, item);
    return lead + prefixed(blocks(item.content ?? []), ' '.repeat(lead.length)).trimStart();
  });
  return lines.join('\n');
}

function prefixed(text: string, prefix: string): string {
  return text
    .split('\n')
    .map((line) => prefix + line)
    .join('\n');
}

function table({ content = [] }: AdfNode): string {
  const rows = content.map((row) => (row.content ?? []).map(cell));
  const width = Math.max(0, ...rows.map((row) => row.length));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const [head = [], ...rest] = rows.map((row) => [...row, ...Array<string>(width - row.length).fill('')]);
  return [line(head), line(Array<string>(width).fill('---')), ...rest.map(line)].join('\n');
}

function cell({ content = [] }: AdfNode): string {
  return blocks(content).replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
}

function card(node: AdfNode): string {
  const url = node.attrs?.url;
  return isSafeAddress(url) ? `<${url}>` : '';
}

function levelOf({ attrs }: AdfNode): number {
  const level = attrs?.level;
  return typeof level === 'number' && Number.isInteger(level) ? Math.min(6, Math.max(1, level)) : 1;
}

function orderOf({ attrs }: AdfNode): number {
  const order = attrs?.order;
  return typeof order === 'number' && Number.isSafeInteger(order) && order >= 0 ? order : 1;
}

function textAttr({ attrs }: AdfNode, name: string): string {
  const value = attrs?.[name];
  return typeof value === 'string' ? value : '';
}
