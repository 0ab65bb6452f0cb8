import type { Evidence, LookedAt } from '@continuum/contract/knowledge';
import { codeBlock, codeSpan, escapeLine, link } from './escape.ts';
import { paragraphs } from './render.ts';

/** Quotes that answer a question, each with who said it, when and where; Markdown without markup of its own. */
export function renderEvidence(evidence: readonly Evidence[]): string {
  return paragraphs(evidence.map((one) => `${sourceOf(one)}:\n\n${quoted(one)}`));
}

/** Sentences with the numbers of what they rest on, and below them what that is. */
export function renderWritten(
  sentences: readonly { readonly text: string; readonly cites: readonly number[] }[],
  evidence: readonly Evidence[],
): string {
  const said = sentences.map(
    ({ text, cites }) => `${escapeLine(text)} ${cites.map((cite) => `\\[${cite}\\]`).join('')}`,
  );
  const cited = new Set(sentences.flatMap(({ cites }) => cites));
  const sources = evidence.flatMap((one, index) =>
    cited.has(index + 1) ? [`\\[${index + 1}\\] ${sourceOf(one)}: ${codeSpan(clip(one.quote))}`] : [],
  );
  return paragraphs([said.join(' '), ...sources]);
}

/** An honest "I don't know" that says what was looked for, and where. */
export function renderUnknown(asked: readonly string[], lookedAt: LookedAt, repo: string | undefined): string {
  const where = repo === undefined ? '' : ` of ${codeSpan(repo)}`;
  const { corrections, findings, messages, code } = lookedAt;
  const what = [
    counted(corrections, 'correction'),
    counted(findings, 'finding'),
    counted(messages, 'message'),
    counted(code, 'piece of code', 'pieces of code'),
  ].join(', ');
  if (asked.length === 0) return "I don't know what you mean: ask me about something by its name.";
  return `I don't know. Nobody said it where I looked: ${what}${where} that speak of ${asked.map(codeSpan).join(', ')}.`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function sourceOf({ kind, author, at, path, line, link: address }: Evidence): string {
  const place = path === undefined ? '' : codeSpan(line === undefined ? path : `${path}:${line}`);
  const day = at === undefined ? '' : at.slice(0, 10);
  const there = address === undefined ? '' : ` (${link('there', address)})`;
  const name = `**${escapeLine(author ?? 'Somebody')}**`;
  if (kind === 'code') return `${place}${there}`;
  if (kind === 'finding') return `${name} found in ${place}${there}`;
  const on = day === '' ? '' : ` on ${day}`;
  return `${name} said${on}${place === '' ? '' : ` about ${place}`}${there}`;
}

function quoted({ kind, quote, path }: Evidence): string {
  if (kind === 'code') return codeBlock(quote, /\.(\w+)$/.exec(path ?? '')?.[1] ?? '');
  return `> ${escapeLine(quote)}`;
}

function clip(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}
