const ZERO_WIDTH = '\u200B';
/** Longest text that Slack keeps is 40,000 characters; references and entities make a text longer. */
const MAX_TEXT = 38_000;
const CUT_NOTE = '\n_(cut: Slack takes no longer message)_';
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const TAGS = 'sub|sup|b|i|em|strong|p|div|span|details|summary|kbd|u';
const INLINE = new RegExp(
  [
    String.raw`(?<ticks>\x60+)(?<code>[^\n]{1,2000}?)(?<!\x60)\k<ticks>(?!\x60)`,
    String.raw`\\(?<escaped>[!-/:-@[-\x60{-~])`,
    String.raw`!?\[(?<label>(?:\\.|[^\]\\\n]){1,1000})\]\((?<address>[^\s()<>]{1,2000})\)`,
    String.raw`<(?<auto>(?:https?:\/\/|mailto:)[^\s<>]{1,2000})>`,
    String.raw`(?<break><br ?\/?>)`,
    String.raw`(?<tag><!--[\s\S]{0,2000}?-->|<\/?(?:${TAGS})>)`,
    String.raw`(?<![*\w])\*\*(?=\S)(?<bold>(?:\\.|[^*\\\n]){1,1000})(?<=\S)\*\*`,
    String.raw`(?<![*\w])\*(?=[^\s*])(?<italic>(?:\\.|[^*\\\n]){1,1000})(?<=\S)\*(?![*\w])`,
    String.raw`~~(?=\S)(?<strike>(?:\\.|[^~\\\n]){1,1000})(?<=\S)~~`,
    '&(?<entity>lt|gt|amp|quot|#39|nbsp);',
    '(?<special>[&<>])',
  ].join('|'),
  'g',
);
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'", nbsp: ' ' };

/**
 * Markdown as Slack's mrkdwn. Whatever the text says, it notifies nobody and links nowhere but where a Markdown link says so:
 * `<`, `>` and `&` of the text are entities. Cut with a note after 38,000 characters.
 */
export function toMrkdwn(markdown: string): string {
  const blocks: string[] = [];
  let fence: string | undefined;
  let code: string[] = [];
  for (const line of markdown.slice(0, MAX_TEXT).split(/\r?\n/)) {
    const mark = FENCE.exec(line)?.[1];
    if (fence === undefined && mark !== undefined) fence = mark;
    else if (fence === undefined) blocks.push(toLine(line));
    else if (mark?.startsWith(fence) === true && line.trim() === mark) {
      blocks.push(toCodeBlock(code));
      [fence, code] = [undefined, []];
    } else code.push(line);
  }
  if (fence !== undefined) blocks.push(toCodeBlock(code));
  return cut(blocks.join('\n'), markdown.length > MAX_TEXT);
}

function cut(text: string, wasCut: boolean): string {
  if (text.length <= MAX_TEXT) return wasCut ? text + CUT_NOTE : text;
  // Not in the middle of an entity or of a link.
  const whole = text.slice(0, MAX_TEXT).replace(/[&<][^;>]{0,2100}$/, '');
  const open = (whole.match(/```/g) ?? []).length % 2 === 1 ? '\n```' : '';
  return whole + open + CUT_NOTE;
}

function toCodeBlock(lines: readonly string[]): string {
  // Nothing inside may close it.
  return `\`\`\`\n${escapeEntities(lines.join('\n')).replaceAll('```', `\`${ZERO_WIDTH}\`${ZERO_WIDTH}\``)}\n\`\`\``;
}

function toLine(line: string): string {
  const heading = /^ {0,3}#{1,6} +(.+?)(?: +#+)?$/.exec(line)?.[1];
  if (heading !== undefined) return `*${toInline(heading.replaceAll('**', ''))}*`;
  const quote = /^ {0,3}> ?(.*)$/.exec(line)?.[1];
  if (quote !== undefined) return `> ${toInline(quote)}`;
  const item = /^(\s{0,20})[-*+] +(.*)$/.exec(line);
  return item === null ? toInline(line) : `${item[1]}• ${toInline(item[2] ?? '')}`;
}

type Groups = Readonly<Record<string, string | undefined>>;

function toInline(text: string): string {
  return text.replaceAll(INLINE, (...args) => {
    const groups: Groups = args.at(-1);
    return replacement(groups);
  });
}

function replacement(found: Groups): string {
  const { code, escaped, label, address, auto, bold, italic, strike, entity, special, tag } = found;
  if (code !== undefined) return `\`${escapeEntities(code.trim()).replaceAll('`', 'ˋ')}\``;
  if (escaped !== undefined) return literal(escaped);
  if (label !== undefined) return toLink(label, address ?? '');
  if (auto !== undefined) return toLink(undefined, auto);
  if (bold !== undefined) return `*${toInline(bold)}*`;
  if (italic !== undefined) return `_${toInline(italic)}_`;
  if (strike !== undefined) return `~${toInline(strike)}~`;
  if (entity !== undefined) return escapeEntities(ENTITIES[entity] ?? '');
  if (special !== undefined) return escapeEntities(special);
  return tag === undefined ? '\n' : '';
}

/** mrkdwn has no escape: a mark beside a zero-width space marks nothing. */
function literal(char: string): string {
  return /[*_~`]/.test(char) ? `${ZERO_WIDTH}${char}${ZERO_WIDTH}` : escapeEntities(char);
}

function toLink(label: string | undefined, address: string): string {
  const words = label === undefined ? undefined : plain(label);
  if (!/^(?:https?:\/\/|mailto:)[^\s<>|]+$/.test(address)) return words ?? escapeEntities(address);
  const target = escapeEntities(address);
  return words === undefined || words === '' ? `<${target}>` : `<${target}|${words}>`;
}

/** The words of a label; a bar or a bracket would end it. */
function plain(label: string): string {
  return escapeEntities(decodeEntities(label.replaceAll(/\\([!-/:-@[-`{-~])/g, '$1'))).replaceAll('|', '¦');
}

function decodeEntities(text: string): string {
  return text.replaceAll(/&(lt|gt|amp|quot|#39|nbsp);/g, (_, name: string) => ENTITIES[name] ?? '');
}

/** The three characters that Slack's text gives a meaning of its own. */
export function escapeEntities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
