import { addedLines, type ChangedFile, type ChangeSet } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import type { CandidateFinding } from '@continuum/contract/finding';
import type { AnalysisResult, Analyzer } from '@continuum/contract/ports/analyzer';
import { findAssignments, findTokens, type SecretMatch, shownPart } from '@continuum/review/secrets';
import { lintSource } from '@secretlint/core';
import { creator as recommended } from '@secretlint/secretlint-rule-preset-recommend';
import { factsAt } from '../ast/facts.ts';

const ID = 'secrets';
const PRESET = '@secretlint/secretlint-rule-preset-recommend';

/** Hard-coded secrets: secretlint's recommended rules and patterns of our own. A secret's text never leaves: it is redacted. */
export function createSecretsAnalyzer(): Analyzer {
  return { id: ID, analyze };
}

async function analyze(change: ChangeSet, signal?: AbortSignal): Promise<AnalysisResult> {
  const findings: CandidateFinding[] = [];
  for (const file of change.files) {
    if (signal?.aborted) throw new ContinuumError('ABORTED', 'The analysis was cancelled', { retryable: true });
    if (file.content !== null) findings.push(...(await analyzeFile(file, file.content)));
  }
  return { findings, skipped: [] };
}

async function analyzeFile(file: ChangedFile, content: string): Promise<CandidateFinding[]> {
  const added = addedLines(file);
  const starts = lineStarts(content);
  const all = [...findTokens(content), ...(await runSecretlint(content)), ...findAssignments(file.path, content)];
  return withoutOverlaps(all)
    .map((match) => toFinding(file.path, content, starts, match, all))
    .filter(({ line }) => added.has(line))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Secretlint without its echo of the source, and without its comments that switch rules off: those are the author's. */
async function runSecretlint(content: string): Promise<SecretMatch[]> {
  const inert = content.replace(/secretlint-(dis|en)able/gi, (comment) =>
    comment.replace(/l/i, '1').replace(/able$/i, 'ab1e'),
  );
  const { messages } = await lintSource({
    source: { filePath: '/file', content: inert, contentType: 'text' },
    options: {
      config: { rules: [{ id: PRESET, rule: recommended, options: {} }] },
      locale: 'en',
      noPhysicFilePath: true,
    },
  });
  return messages.map(({ ruleId, range: [start, end] }) => {
    const name = ruleId.replace(/^.*secretlint-rule-/, '');
    return { rule: name, title: `Secret (${name})`, severity: 'critical', confidence: 0.9, from: start, start, end };
  });
}

/** The first claim of a stretch of text stays: the specific patterns come before the general ones. */
function withoutOverlaps(matches: readonly SecretMatch[]): SecretMatch[] {
  const kept: SecretMatch[] = [];
  for (const match of matches) {
    if (!kept.some(({ start, end }) => start < match.end && match.start < end)) kept.push(match);
  }
  return kept;
}

function toFinding(
  path: string,
  content: string,
  starts: readonly number[],
  match: SecretMatch,
  all: readonly SecretMatch[],
): CandidateFinding {
  const { line, column } = positionOf(starts, match.start);
  const { rule, title, severity, confidence } = match;
  return {
    rule: `${ID}/${rule}`,
    category: 'secret',
    severity,
    confidence,
    path,
    line,
    endLine: line,
    column,
    evidence: redacted(content, match),
    title,
    message: 'A secret stands in the source. Revoke it, and read it from the environment or a secret store.',
    cwe: 'CWE-798',
    facts: safeFacts(path, content, line, column, all),
    claimedBy: [ID],
    references: [],
  };
}

/** The evidence with a few first characters of the secret, fewer of a short one. */
function redacted(content: string, { from, start, end }: SecretMatch): string {
  return content.slice(from, start) + shownPart(content.slice(start, end));
}

function safeFacts(
  path: string,
  content: string,
  line: number,
  column: number,
  all: readonly SecretMatch[],
): CandidateFinding['facts'] {
  const facts = factsAt({ path, content, line, column });
  // A name read off the tree may quote source; none may carry a secret out.
  const leaks = (text: string) => all.some(({ start, end }) => text.includes(content.slice(start, end)));
  return {
    ...facts,
    callee: leaks(facts.callee) ? '' : facts.callee,
    functionName: leaks(facts.functionName) ? '' : facts.functionName,
  };
}

function lineStarts(content: string): number[] {
  const starts = [0];
  for (let at = content.indexOf('\n'); at !== -1; at = content.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** 1-based line and column of an offset. */
function positionOf(starts: readonly number[], offset: number): { line: number; column: number } {
  const next = starts.findIndex((start) => start > offset);
  const line = next === -1 ? starts.length : next;
  return { line, column: offset - (starts[line - 1] ?? 0) + 1 };
}
