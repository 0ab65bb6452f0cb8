/** More than a room takes is not read, in characters. */
const MOST_CHARACTERS = 200_000;

/**
 * Jira's wiki markup, in which its webhooks write texts, as Markdown: code, quotes, headings, lists, links, mentions, bold. The
 * rest stays as it was written. Takes time in proportion to the text.
 */
export function wikiToMarkdown(wiki: string): string {
  const text = wiki.slice(0, MOST_CHARACTERS).replaceAll('\r\n', '\n');
  const parts: string[] = [];
  let from = 0;
  for (let macro = macroAfter(text, from); macro !== undefined; macro = macroAfter(text, from)) {
    parts.push(prose(text.slice(from, macro.start)), fenced(macro.inside, macro.parameter));
    from = macro.end;
  }
  return [...parts, prose(text.slice(from))].join('').trim();
}

interface Macro {
  readonly start: number;
  readonly end: number;
  readonly parameter: string;
  readonly inside: string;
}

/** The next `{code:java|title=x}…{code}` or `{noformat}…{noformat}`; one that nobody closes ends the search. */
function macroAfter(text: string, from: number): Macro | undefined {
  const opening = /\{(code|noformat)(?::([^}\n]{0,100}))?\}/g;
  opening.lastIndex = from;
  const found = opening.exec(text);
  if (found === null) return undefined;
  const [all, name = '', parameter = ''] = found;
  const inner = found.index + all.length;
  const close = text.indexOf(`{${name}}`, inner);
  if (close === -1) return undefined;
  const end = close + name.length + 2;
  return { start: found.index, end, parameter, inside: text.slice(inner, close) };
}

function fenced(inside: string, parameter: string): string {
  const language = /^[a-z0-9+#-]+$/i.exec(parameter.split('|')[0] ?? '')?.[0] ?? '';
  const longest = Math.max(2, ...[...inside.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `\n${fence}${language}\n${inside.replace(/^\n|\n$/g, '')}\n${fence}\n`;
}

function prose(text: string): string {
  return text
    .split('\n')
    .map((line) => inline(lead(line)))
    .join('\n');
}

/** How a line begins: headings, quotes, lists. */
function lead(line: string): string {
  const heading = /^h([1-6])\.\s+/.exec(line);
  if (heading !== null) return `${'#'.repeat(Number(heading[1]))} ${line.slice(heading[0].length)}`;
  if (line.startsWith('bq. ')) return `> ${line.slice(4)}`;
  const list = /^([*#-]{1,6})\s+/.exec(line);
  if (list === null) return line;
  const [all, marks = ''] = list;
  const bullet = marks.endsWith('#') ? '1.' : '-';
  return `${'  '.repeat(marks.length - 1)}${bullet} ${line.slice(all.length)}`;
}

function inline(line: string): string {
  return line
    .replaceAll(/\{(?:color(?::[^}]{0,30})?|quote|panel(?::[^}]{0,200})?)\}/g, '')
    .replaceAll(/\{\{([^{}]{1,500})\}\}/g, '`$1`')
    .replaceAll(/\[~accountid:([^\]\s]{1,128})\]/g, '@$1')
    .replaceAll(/\[~([^\]\s]{1,128})\]/g, '@$1')
    .replaceAll(/\[([^[\]|\n]{1,500})\|(https?:\/\/[^\]|\s]{1,2000})(?:\|[^\]]{0,50})?\]/g, '[$1]($2)')
    .replaceAll(/\[(https?:\/\/[^\]|\s]{1,2000})\]/g, '<$1>')
    .replaceAll(/(?<![\w*])\*(?=\S)([^*\n]{1,500}?)(?<=\S)\*(?![\w*])/g, '**$1**');
}
