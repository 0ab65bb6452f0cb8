/** Longest text that is read, in characters; Slack's own limit is 40,000. */
const MAX_TEXT = 100_000;
const CODE = /(```[\s\S]*?```|`[^`\n]+`)/;
const REFERENCE = /<([^<>\n]{1,3000})>/g;
const BOLD = /(?<![\w*])\*(?=\S)([^*\n]{1,2000}?)(?<=\S)\*(?![\w*])/g;
const STRIKE = /(?<![\w~])~(?=\S)([^~\n]{1,2000}?)(?<=\S)~(?![\w~])/g;

/** The name of a user id, without `@`; undefined leaves the id. */
export type NameOf = (userId: string) => string | undefined;

/**
 * Slack's mrkdwn as Markdown (https://docs.slack.dev/messaging/formatting-message-text): links, mentions and emphasis in its
 * form, entities decoded, code untouched. Text stays data: nothing in it is trusted more afterwards. Cut after 100,000 characters.
 */
export function toMarkdown(mrkdwn: string, nameOf: NameOf = () => undefined): string {
  const parts = mrkdwn.slice(0, MAX_TEXT).split(CODE);
  // Splitting on one group puts code at the odd places.
  return parts.map((part, index) => (index % 2 === 1 ? toCode(part, nameOf) : toProse(part, nameOf))).join('');
}

/** Slack makes links and mentions in code too, where Markdown shows them as they are. */
function toCode(code: string, nameOf: NameOf): string {
  const plain = decode(code.replaceAll(REFERENCE, (_, inner: string) => plainReference(inner, nameOf)));
  if (!plain.startsWith('```')) return plain;
  // Markdown takes what stands behind the fence for the name of a language.
  return `\`\`\`\n${plain.slice(3, -3).replace(/^\n/, '').replace(/\n$/, '')}\n\`\`\``;
}

function toProse(text: string, nameOf: NameOf): string {
  const marked = text.replaceAll(BOLD, '**$1**').replaceAll(STRIKE, '~~$1~~');
  return decode(marked.replaceAll(REFERENCE, (_, inner: string) => toReference(inner, nameOf)));
}

function toReference(inner: string, nameOf: NameOf): string {
  const [target = '', label] = splitLabel(inner);
  if (!/^(?:https?:\/\/|mailto:)/.test(target)) return plainReference(inner, nameOf);
  const address = target.replaceAll('(', '%28').replaceAll(')', '%29').replaceAll(' ', '%20');
  if (label === undefined || label === target) return address;
  return `[${label.replaceAll(/[[\]]/g, String.raw`\$&`)}](${address})`;
}

function plainReference(inner: string, nameOf: NameOf): string {
  const [target = '', label] = splitLabel(inner);
  if (target.startsWith('@')) return `@${nameOf(target.slice(1)) ?? label ?? target.slice(1)}`;
  if (target.startsWith('#')) return `#${label ?? target.slice(1)}`;
  if (target.startsWith('!subteam^')) return `@${(label ?? target.slice('!subteam^'.length)).replace(/^@/, '')}`;
  if (target.startsWith('!')) return label ?? `@${target.slice(1)}`;
  return label ?? target;
}

function splitLabel(inner: string): [string, string | undefined] {
  const at = inner.indexOf('|');
  return at === -1 ? [inner, undefined] : [inner.slice(0, at), inner.slice(at + 1)];
}

function decode(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
