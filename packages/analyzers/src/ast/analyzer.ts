import type { SkippedFile } from '@continuum/contract/change-set';
import { addedLines, type ChangedFile, type ChangeSet } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import type { CandidateFinding } from '@continuum/contract/finding';
import type { AnalysisResult, Analyzer } from '@continuum/contract/ports/analyzer';
import { factsFor } from './facts.ts';
import { languageOf } from './language.ts';
import type { Match, Rule, RuleMeta } from './rule.ts';
import { JAVASCRIPT_RULES } from './rules/javascript/all.ts';
import { PYTHON_RULES } from './rules/python/all.ts';
import { openSource, type SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';

const ID = 'ast';
/** About 60,000 lines; above this a file is data or a bundle. */
const MAX_CHARACTERS = 2_000_000;
const MAX_EVIDENCE = 400;

/** Our own rules on the syntax tree, each finding with its structural facts. */
export function createAstAnalyzer(): Analyzer {
  return { id: ID, analyze };
}

/** @throws ContinuumError ABORTED when the signal fires between two files. */
async function analyze(change: ChangeSet, signal?: AbortSignal): Promise<AnalysisResult> {
  const findings: CandidateFinding[] = [];
  const skipped: SkippedFile[] = [];
  for (const file of change.files) {
    if (signal?.aborted) throw new ContinuumError('ABORTED', 'The analysis was cancelled', { retryable: true });
    if (file.content === null || languageOf(file.path) === undefined) continue;
    if (file.content.length > MAX_CHARACTERS)
      skipped.push({ path: file.path, reason: 'too-large', detail: 'more text than one file of code has' });
    else findings.push(...analyzeFile(file, file.content, skipped));
  }
  return { findings, skipped };
}

function analyzeFile(file: ChangedFile, content: string, skipped: SkippedFile[]): CandidateFinding[] {
  try {
    const source = openSource(file.path, content);
    return source === undefined ? [] : findingsIn(source, addedLines(file));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    skipped.push({ path: file.path, reason: 'analyzer-failed', detail: `${ID}: ${detail.slice(0, 200)}` });
    return [];
  }
}

/** The findings of all rules of a file's language on the given 1-based lines, in source order. */
export function findingsIn(file: SourceFile, lines: ReadonlySet<number>): CandidateFinding[] {
  return file.family === 'python' ? run(PYTHON_RULES, file, lines) : run(JAVASCRIPT_RULES, file, lines);
}

function run<F extends SourceFile>(rules: readonly Rule<F>[], file: F, lines: ReadonlySet<number>): CandidateFinding[] {
  const byKind = Map.groupBy(
    rules.flatMap((rule) => rule.kinds.map((kind) => ({ kind, rule }))),
    ({ kind }) => kind,
  );
  const found = new Map<string, CandidateFinding>();
  for (const node of file.root.walk()) {
    for (const { rule } of byKind.get(node.kind) ?? []) {
      for (const match of [rule.match(node, file) ?? []].flat()) {
        const place = `${rule.meta.id}:${match.node.start}`;
        if (lines.has(match.node.line) && !found.has(place)) found.set(place, toFinding(rule.meta, match, file));
      }
    }
  }
  return [...found.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}

function toFinding(meta: RuleMeta, match: Match, file: SourceFile): CandidateFinding {
  const { node } = match;
  return {
    rule: meta.id,
    category: meta.category,
    severity: match.severity ?? meta.severity,
    confidence: match.confidence ?? meta.confidence,
    path: file.path,
    line: node.line,
    endLine: endLineOf(node),
    column: node.column,
    evidence: node.text.slice(0, MAX_EVIDENCE),
    title: meta.title,
    message: match.message,
    ...(meta.cwe === undefined ? {} : { cwe: meta.cwe }),
    facts: factsFor(node, file, match.values),
    ...(match.suggestion === undefined ? {} : { suggestion: match.suggestion }),
    claimedBy: [ID],
    references: [...meta.references],
  };
}

/** A callback may make a call pages long; the claim is about its head. */
function endLineOf(node: SyntaxNode): number {
  return node.endLine - node.line > 10 ? node.line : node.endLine;
}
