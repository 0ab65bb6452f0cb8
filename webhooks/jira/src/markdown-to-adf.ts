import { Lexer, type Token, type Tokens } from 'marked';
import { type AdfDocument, type AdfMark, type AdfNode, isSafeAddress, paragraph, textNode } from './adf.ts';

/** Longest text that is written, in characters: Jira takes 32,767. */
const MOST_CHARACTERS = 30_000;

/**
 * Markdown (CommonMark and GitHub's tables, strikethrough and task lists) as a document of the Atlassian Document Format. What
 * ADF has no place for becomes text, HTML too: no markup of a stranger gets into a ticket. Never throws.
 */
export function markdownToAdf(markdown: string): AdfDocument {
  const text = markdown.slice(0, MOST_CHARACTERS);
  try {
    return toDocument(new Lexer({ gfm: true }).lex(text).flatMap(block));
  } catch {
    // Nested so deep that the parser gives up: its words are worth more than its form.
    return toDocument(text.split(/\n{2,}/).map((part) => paragraph(textNode(part.trim()))));
  }
}

function toDocument(content: readonly AdfNode[]): AdfDocument {
  return { type: 'doc', version: 1, content };
}

const isType =
  <T extends Token>(type: string) =>
  (token: Token): token is T =>
    token.type === type;
const isParagraph = isType<Tokens.Paragraph>('paragraph');
const isText = isType<Tokens.Text>('text');
const isHeading = isType<Tokens.Heading>('heading');
const isCode = isType<Tokens.Code>('code');
const isQuote = isType<Tokens.Blockquote>('blockquote');
const isList = isType<Tokens.List>('list');
const isTable = isType<Tokens.Table>('table');
const isLink = isType<Tokens.Link>('link');
const isImage = isType<Tokens.Image>('image');
const isSpan = isType<Tokens.Codespan>('codespan');

function block(token: Token): AdfNode[] {
  if (isParagraph(token) || isText(token)) return filled(paragraph(inlines(token.tokens ?? [token])));
  if (isHeading(token)) {
    return filled({ type: 'heading', attrs: { level: token.depth }, content: inlines(token.tokens) });
  }
  if (isCode(token)) return codeBlock(token);
  if (isQuote(token)) return filled({ type: 'blockquote', content: token.tokens.flatMap(block).flatMap(plainer) });
  if (isList(token)) return [list(token)];
  if (isTable(token)) return [table(token)];
  if (token.type === 'hr') return [{ type: 'rule' }];
  if (token.type === 'space' || token.type === 'def') return [];
  return filled(paragraph(textNode(token.raw.trim())));
}

/** A node without content is refused by Jira. */
function filled(node: AdfNode): AdfNode[] {
  return (node.content ?? []).length === 0 ? [] : [node];
}

function codeBlock({ text, lang }: Tokens.Code): AdfNode[] {
  const language = /^[\w+#.-]{1,40}/.exec(lang ?? '')?.[0];
  const attrs = language === undefined ? {} : { attrs: { language } };
  return filled({ type: 'codeBlock', ...attrs, content: textNode(text) });
}

/** Quotes and list items hold paragraphs, lists and code only. */
function plainer(node: AdfNode): AdfNode[] {
  if (node.type === 'blockquote') return (node.content ?? []).flatMap(plainer);
  if (node.type === 'heading') return [paragraph((node.content ?? []).map(strong))];
  if (node.type === 'table') return (node.content ?? []).map((row) => paragraph(textNode(plainText(row))));
  return node.type === 'rule' ? [] : [node];
}

function strong(node: AdfNode): AdfNode {
  const marks = node.marks ?? [];
  if (node.type !== 'text' || marks.some(({ type }) => type === 'code' || type === 'strong')) return node;
  return { ...node, marks: [...marks, { type: 'strong' }] };
}

function plainText({ text, content = [] }: AdfNode): string {
  return text ?? content.map(plainText).filter(Boolean).join(' ');
}

function list({ ordered, start, items }: Tokens.List): AdfNode {
  const attrs = ordered ? { attrs: { order: typeof start === 'number' ? start : 1 } } : {};
  return { type: ordered ? 'orderedList' : 'bulletList', ...attrs, content: items.map(listItem) };
}

function listItem({ tokens, task, checked }: Tokens.ListItem): AdfNode {
  const content = tokens
    .filter(({ type }) => type !== 'checkbox')
    .flatMap(block)
    .flatMap(plainer);
  const box = task ? textNode(checked === true ? '☑ ' : '☐ ') : [];
  const [first, ...rest] = content;
  // A list item begins with a paragraph.
  const lead = first?.type === 'paragraph' ? [first, ...rest] : [paragraph([]), ...content];
  const [head = paragraph([]), ...tail] = lead;
  return { type: 'listItem', content: [paragraph([...box, ...(head.content ?? [])]), ...tail] };
}

function table({ header, rows }: Tokens.Table): AdfNode {
  const row = (cells: readonly Tokens.TableCell[], type: string): AdfNode => ({
    type: 'tableRow',
    content: cells.map(({ tokens }) => ({ type, content: [paragraph(inlines(tokens))] })),
  });
  return { type: 'table', content: [row(header, 'tableHeader'), ...rows.map((cells) => row(cells, 'tableCell'))] };
}

const MARKS: Readonly<Record<string, string | undefined>> = { strong: 'strong', em: 'em', del: 'strike' };

function inlines(tokens: readonly Token[], marks: readonly AdfMark[] = []): AdfNode[] {
  return tokens.flatMap((token) => inline(token, marks));
}

function inline(token: Token, marks: readonly AdfMark[]): AdfNode[] {
  const mark = MARKS[token.type];
  if (mark !== undefined && 'tokens' in token) return inlines(token.tokens ?? [], withMark(marks, { type: mark }));
  // Code goes with links and nothing else.
  if (isSpan(token)) return textNode(token.text, [...marks.filter(({ type }) => type === 'link'), { type: 'code' }]);
  if (isLink(token)) return inlines(token.tokens, withLink(marks, token.href));
  if (isImage(token)) return textNode(token.text === '' ? token.href : token.text, withLink(marks, token.href));
  if (token.type === 'br') return [{ type: 'hardBreak' }];
  if (isText(token) && token.tokens !== undefined) return inlines(token.tokens, marks);
  return textNode(decoded('text' in token && token.type !== 'html' ? String(token.text) : token.raw), marks);
}

function withMark(marks: readonly AdfMark[], mark: AdfMark): readonly AdfMark[] {
  return marks.some(({ type }) => type === mark.type) ? marks : [...marks, mark];
}

function withLink(marks: readonly AdfMark[], href: string): readonly AdfMark[] {
  return isSafeAddress(href) ? withMark(marks, { type: 'link', attrs: { href } }) : marks;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' };

function decoded(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}
