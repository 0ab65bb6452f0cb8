import type { Finding, Reason, Severity } from '@continuum/contract/finding';

/** How strongly an editor marks a line. */
export type Mark = 'error' | 'warning' | 'information' | 'hint';

const MARKS: Readonly<Record<Severity, Mark>> = {
  critical: 'error',
  high: 'warning',
  medium: 'warning',
  low: 'information',
  info: 'hint',
};

/** Whether a person is shown a finding: what was withheld, declined or taken care of is not. */
export function isShown({ status }: Pick<Finding, 'status'>): boolean {
  return status === 'posted' || status === 'confirmed';
}

/** How strongly a finding is marked. */
export function markOf(severity: Severity): Mark {
  return MARKS[severity];
}

/** A place in a text: lines and columns from 0, the end exclusive. */
export interface Span {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** The text that a finding is about, as far as it stands where it should; else the lines from their first to their last character. */
export function spanOf(
  { line, endLine, evidence }: Pick<Finding, 'line' | 'endLine' | 'evidence'>,
  text: readonly string[],
): Span {
  const first = text[line - 1] ?? '';
  const [head = ''] = evidence.trim().split('\n');
  const at = head === '' ? -1 : first.indexOf(head.trim());
  const startColumn = at === -1 ? first.search(/\S|$/) : at;
  const last = (text[endLine - 1] ?? '').trimEnd().length;
  const endColumn = line === endLine && at !== -1 ? at + head.trim().length : last;
  return { startLine: line - 1, startColumn, endLine: endLine - 1, endColumn: Math.max(endColumn, startColumn + 1) };
}

/** The why of a finding as Markdown: what it is, then each reason with who said it and where. All text but the marks is escaped. */
export function whyOf({ title, message, judgement, cwe, references }: Finding): string {
  const reasons = judgement.why.map((reason) => `- ${reasonLine(reason)}`);
  const links = [...(cwe === undefined ? [] : [cweLink(cwe)]), ...references.slice(0, 2).map(plainLink)];
  const score = Math.round(judgement.score * 100);
  return [
    `**${escapeMarkdown(title)}**`,
    escapeMarkdown(message),
    ...(reasons.length === 0 ? [] : [`Why you see it (this team wants it with ${score} %):\n\n${reasons.join('\n')}`]),
    ...(links.length === 0 ? [] : [links.join(' · ')]),
  ].join('\n\n');
}

function reasonLine({ text, author, link }: Reason): string {
  const by = author === undefined ? '' : ` — ${escapeMarkdown(author)}`;
  return `${escapeMarkdown(text)}${by}${isWeb(link) ? ` ([said here](${encodeURI(link)}))` : ''}`;
}

function cweLink(cwe: string): string {
  return `[${cwe}](https://cwe.mitre.org/data/definitions/${cwe.slice('CWE-'.length)}.html)`;
}

function plainLink(address: string): string {
  return isWeb(address) ? `[${escapeMarkdown(new URL(address).hostname)}](${encodeURI(address)})` : '';
}

function isWeb(link: string | undefined): link is string {
  return link !== undefined && URL.canParse(link) && /^https?:$/.test(new URL(link).protocol) && !/[()\s]/.test(link);
}

/** Untrusted text as Markdown without markup of its own, except `code spans`. */
export function escapeMarkdown(text: string): string {
  return text
    .split(/(?<!`)(`[^`\n]+`)(?!`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/[\\`*_{}[\]()#+\-.!<>|~&$]/g, String.raw`\$&`)))
    .join('');
}
