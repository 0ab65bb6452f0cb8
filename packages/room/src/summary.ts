import { type Finding, type Review, SEVERITY_RANK } from '@continuum/contract/finding';
import type { PersonaDefinition } from '@continuum/contract/persona';
import { codeSpan, escapeLine, link } from './escape.ts';
import { cweLink, paragraphs, renderReason, severityBadge } from './render.ts';

const MAX_LISTED = 25;

export interface Summary {
  readonly review: Review;
  /** All findings of the review, posted and withheld. */
  readonly findings: readonly Finding[];
  readonly personas: readonly PersonaDefinition[];
}

/** The one summary comment of a pull request, Markdown: what was found, what was withheld and who taught that, what was skipped. */
export function renderSummary({ review, findings, personas }: Summary): string {
  const open = findings.filter(({ status }) => status === 'posted' || status === 'confirmed');
  const settled = findings.filter(({ status }) => ['declined', 'resolved', 'addressed'].includes(status));
  return paragraphs([
    headline(review, open),
    intent(review),
    findingList(open, personas),
    settled.length === 0 ? '' : `${count(settled.length, 'finding')} settled: ${statuses(settled)}.`,
    withheld(findings.filter(({ status }) => status === 'withheld')),
    skipped(review),
    (review.notes ?? []).map((note) => `> ${escapeLine(note)}`).join('\n>\n'),
    `<sub>Reply to a finding to correct it: the reviewers learn from it. Review ${codeSpan(review.id)}.</sub>`,
  ]);
}

function headline(review: Review, open: readonly Finding[]): string {
  if (review.status === 'failed') return `### Review failed\n\n${escapeLine(review.error ?? 'No reason is known.')}`;
  if (open.length === 0) return `### Nothing to report\n\n${extent(review)}`;
  return `### ${count(open.length, 'finding')}\n\n${extent(review)}`;
}

/** How much was read, and what stands as it was read before. */
function extent({ stats, since, parts }: Review): string {
  const size = `${count(stats.addedLines, 'added line')} in ${count(stats.files, 'file')}`;
  const read =
    since === undefined ? `Read ${size}` : `Read what changed since ${codeSpan(since.head.slice(0, 7))}: ${size}`;
  const pieces = parts === undefined ? '' : `, in ${parts} parts, the most dangerous files first`;
  const rest =
    since === undefined || since.untouched === 0 ? '' : ` ${count(since.untouched, 'other file')} did not change.`;
  return `${read}${pieces}.${rest}`;
}

const LONGEST_TITLE = 200;

/** What the change is for, by the words of its author and the tickets it names. */
function intent({ intent: told }: Review): string {
  if (told === undefined) return '';
  const cut = (text: string): string => (text.length > LONGEST_TITLE ? `${text.slice(0, LONGEST_TITLE)}…` : text);
  const tickets = told.tickets.slice(0, 5).map(({ key, title, url }) => `${link(key, url)} ${escapeLine(cut(title))}`);
  return `Intent: ${[escapeLine(cut(told.title)), ...tickets].join(' · ')}`;
}

function findingList(findings: readonly Finding[], personas: readonly PersonaDefinition[]): string {
  const worstFirst = findings.toSorted((one, other) => SEVERITY_RANK[other.severity] - SEVERITY_RANK[one.severity]);
  const lines = worstFirst.slice(0, MAX_LISTED).map((finding) => findingLine(finding, personas));
  const rest = findings.length - MAX_LISTED;
  return [...lines, ...(rest > 0 ? [`- and ${rest} more`] : [])].join('\n');
}

function findingLine(finding: Finding, personas: readonly PersonaDefinition[]): string {
  const name = personas.find(({ id }) => id === finding.persona)?.name ?? finding.persona;
  const title = link(finding.title, finding.url);
  const parts = [severityBadge(finding.severity), title, codeSpan(`${finding.path}:${finding.line}`)];
  return `- ${[...parts, ...cweLink(finding.cwe), escapeLine(name)].join(' · ')}`;
}

function statuses(findings: readonly Finding[]): string {
  const counts = Map.groupBy(findings, ({ status }) => status);
  return [...counts].map(([status, group]) => `${group.length} ${status}`).join(', ');
}

/** Withheld findings are counted; those that a person's words decided are named with them. */
function withheld(findings: readonly Finding[]): string {
  if (findings.length === 0) return '';
  const taught = findings.filter((finding) => decisive(finding) !== undefined);
  const lines = taught.slice(0, 5).map((finding) => {
    const reason = decisive(finding);
    const text = reason === undefined ? '' : renderReason(reason);
    return `- ${codeSpan(`${finding.path}:${finding.line}`)} ${escapeLine(finding.title)}: ${text}`;
  });
  return [
    `${count(findings.length, 'finding')} withheld, ${taught.length} of them by what people taught.`,
    ...lines,
  ].join('\n');
}

function decisive(finding: Finding): Finding['judgement']['why'][number] | undefined {
  return finding.judgement.why.find(({ kind }) => kind === 'declined' || kind === 'memory');
}

function skipped(review: Review): string {
  if (review.skipped.length === 0) return '';
  const named = review.skipped.slice(0, 10).map(({ path, reason }) => `${codeSpan(path)} (${escapeLine(reason)})`);
  const rest = review.skipped.length - named.length;
  return `Not reviewed: ${[...named, ...(rest > 0 ? [`${rest} more`] : [])].join(', ')}.`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
