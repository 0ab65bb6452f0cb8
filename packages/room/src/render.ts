import type { Finding, Reason, Severity } from '@continuum/contract/finding';
import type { PersonaDefinition } from '@continuum/contract/persona';
import { codeBlock, codeSpan, escapeLine, escapeText, link } from './escape.ts';

const BADGE: Record<Severity, string> = {
  critical: '🔴 critical',
  high: '🟠 high',
  medium: '🟡 medium',
  low: '🔵 low',
  info: '⚪ info',
};
const DECIDING: ReadonlySet<Reason['kind']> = new Set(['memory', 'declined', 'rule', 'layer', 'consensus', 'model']);

/** How severe, in a word with a colour. */
export function severityBadge(severity: Severity): string {
  return BADGE[severity];
}

/** A finding as the text of a room message, Markdown; what came from the change stays inside code. */
export function renderRoomMessage(finding: Finding, persona: PersonaDefinition): string {
  const place = codeSpan(`${finding.path}:${finding.line}`);
  const where = finding.pr === undefined ? finding.repo : `${finding.repo} pull request ${finding.pr}`;
  const title = `${BADGE[finding.severity]} · **${escapeLine(finding.title)}** in ${place} (${link(where, finding.url)})`;
  return paragraphs([title, codeBlock(finding.evidence, finding.facts.language), ...explanation(finding, persona)]);
}

/** A finding as the body of an inline comment on the code host, Markdown; the code itself stands above it there. */
export function renderInlineComment(finding: Finding, persona: PersonaDefinition): string {
  const head = `${persona.emoji} **${escapeLine(persona.name)}** · ${BADGE[finding.severity]} · **${escapeLine(finding.title)}**`;
  return paragraphs([head, ...explanation(finding, persona)]);
}

function explanation(finding: Finding, persona: PersonaDefinition): string[] {
  const wordy = persona.style.verbosity >= 0.3;
  return [
    escapeText(wordy ? finding.message : firstSentence(finding.message)),
    references(finding, wordy),
    why(finding, persona),
    `<sub>${hint(persona)} ${codeSpan(finding.rule)}</sub>`,
  ];
}

function firstSentence(text: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;
}

function references(finding: Finding, wordy: boolean): string {
  const more = wordy ? finding.references.slice(0, 3).map((address) => link(address, address)) : [];
  return [...cweLink(finding.cwe), ...more].join(' · ');
}

/** The weakness in MITRE's catalogue; nothing when the finding names none. */
export function cweLink(cwe: string | undefined): string[] {
  if (cwe === undefined) return [];
  return [link(cwe, `https://cwe.mitre.org/data/definitions/${cwe.slice('CWE-'.length)}.html`)];
}

/** Why this was posted: what people taught comes first, the tool's own reasons only for a wordy persona. */
function why(finding: Finding, persona: PersonaDefinition): string {
  const deciding = finding.judgement.why.filter(({ kind }) => DECIDING.has(kind));
  const plain = persona.style.verbosity >= 0.3 ? finding.judgement.why.filter(({ kind }) => !DECIDING.has(kind)) : [];
  const shown = [...deciding, ...plain].slice(0, 3);
  return shown.length === 0 ? '' : `Why: ${shown.map(renderReason).join(' ')}`;
}

/** One reason as a sentence, linked to where a person said it. */
export function renderReason(reason: Reason): string {
  const text = escapeLine(reason.text).replace(/[.!?]?$/, '.');
  return reason.link === undefined ? text : `${text} (${link('said here', reason.link)})`;
}

function hint(persona: PersonaDefinition): string {
  return persona.style.formality >= 0.6
    ? 'If this does not apply here, please reply with the reason; it will be remembered.'
    : 'Wrong here? Reply and say why: I learn from it.';
}

/** Non-empty blocks, one empty line between them. */
export function paragraphs(blocks: readonly string[]): string {
  return blocks.filter((block) => block !== '').join('\n\n');
}
