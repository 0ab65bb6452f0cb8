import { addedLines, type ChangedFile, type ChangeSet, type SkippedFile } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import type { CandidateFinding } from '@continuum/contract/finding';
import type { AnalysisResult, Analyzer } from '@continuum/contract/ports/analyzer';
import * as typescriptParser from '@typescript-eslint/parser';
// The entry without file access: no configuration, plugin or ignore file is ever looked up.
import { Linter } from 'eslint/universal';
import noUnsanitized from 'eslint-plugin-no-unsanitized';
import * as regexp from 'eslint-plugin-regexp';
import security from 'eslint-plugin-security';
import { factsAt } from '../ast/facts.ts';
import { ESLINT_RULES } from './rules.ts';

const ID = 'eslint';
const EXTENSION = /\.([cm]?[jt]sx?)$/;
const MAX_EVIDENCE = 400;

const BASE: Linter.Config = {
  plugins: { security, 'no-unsanitized': noUnsanitized, regexp: { rules: regexp.rules } },
  rules: Object.fromEntries(Object.keys(ESLINT_RULES).map((rule) => [rule, 'error'])),
  // `eslint-disable` in the reviewed code is data, not an instruction to us.
  linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' },
};
const jsx = { ecmaFeatures: { jsx: true } };
const MODULE: Linter.Config = { ...BASE, languageOptions: { sourceType: 'module', parserOptions: jsx } };
const SCRIPT: Linter.Config = { ...BASE, languageOptions: { sourceType: 'commonjs', parserOptions: jsx } };
const TYPED: Linter.Config = { ...BASE, languageOptions: { parser: typescriptParser } };
const TYPED_JSX: Linter.Config = { ...BASE, languageOptions: { parser: typescriptParser, parserOptions: jsx } };

/** ESLint's security and correctness rules under our own configuration only. */
export function createEslintAnalyzer(): Analyzer {
  const linter = new Linter({ configType: 'flat' });
  return { id: ID, analyze: async (change, signal) => analyze(linter, change, signal) };
}

function analyze(linter: Linter, change: ChangeSet, signal: AbortSignal | undefined): AnalysisResult {
  const findings: CandidateFinding[] = [];
  const skipped: SkippedFile[] = [];
  for (const file of change.files) {
    if (signal?.aborted) throw new ContinuumError('ABORTED', 'The analysis was cancelled', { retryable: true });
    if (file.content === null || !EXTENSION.test(file.path) || /\.d\.[cm]?ts$/.test(file.path)) continue;
    const outcome = lint(linter, file, file.content);
    if ('problem' in outcome) skipped.push({ path: file.path, reason: 'analyzer-failed', detail: outcome.problem });
    else findings.push(...outcome.findings);
  }
  return { findings, skipped };
}

type Outcome = { readonly findings: CandidateFinding[] } | { readonly problem: string };

function lint(linter: Linter, file: ChangedFile, content: string): Outcome {
  const extension = EXTENSION.exec(file.path)?.[1] ?? 'js';
  let problem = '';
  for (const config of configsFor(extension)) {
    const messages = linter.verify(content, [{ ...config, files: [`**/*.${extension}`] }], {
      filename: `file.${extension}`,
    });
    const fatal = messages.find((message) => message.fatal === true);
    if (fatal === undefined) return { findings: toFindings(file, content, messages) };
    problem ||= `${ID}: line ${fatal.line}: ${fatal.message.slice(0, 150)}`;
  }
  return { problem: file.complete ? problem : `${ID}: the patch shows too little of the file to parse it` };
}

/** The ways a file may be written, the likeliest first. */
function configsFor(extension: string): readonly Linter.Config[] {
  if (/^[cm]?ts$/.test(extension)) return [TYPED];
  if (extension === 'tsx') return [TYPED_JSX];
  return extension === 'cjs' ? [SCRIPT, MODULE, TYPED_JSX] : [MODULE, SCRIPT, TYPED_JSX];
}

function toFindings(file: ChangedFile, content: string, messages: readonly Linter.LintMessage[]): CandidateFinding[] {
  const added = addedLines(file);
  const lines = content.split('\n');
  return messages
    .filter(({ line }) => added.has(line))
    .flatMap((message) => toFinding(file.path, content, lines, message));
}

function toFinding(
  path: string,
  content: string,
  lines: readonly string[],
  message: Linter.LintMessage,
): CandidateFinding[] {
  const { ruleId, line, column } = message;
  const info = ruleId === null ? undefined : ESLINT_RULES[ruleId];
  if (info === undefined) return [];
  const end = { line: message.endLine ?? line, column: message.endColumn ?? column };
  return [
    {
      rule: `${ID}/${ruleId}`,
      ...info,
      path,
      line,
      endLine: Math.max(line, end.line),
      column,
      evidence: textBetween(lines, { line, column }, end).slice(0, MAX_EVIDENCE),
      message: message.message,
      facts: factsAt({ path, content, line, column, endLine: end.line, endColumn: end.column }),
      claimedBy: [ID],
      references: [],
    },
  ];
}

interface Position {
  readonly line: number;
  readonly column: number;
}

/** Source between two 1-based positions, the end exclusive; the whole line when they are the same. */
function textBetween(lines: readonly string[], start: Position, end: Position): string {
  const part = lines.slice(start.line - 1, end.line);
  const [only = ''] = part;
  if (part.length === 1)
    return only.slice(start.column - 1, end.column > start.column ? end.column - 1 : undefined).trim();
  const last = part.at(-1) ?? '';
  return [only.slice(start.column - 1), ...part.slice(1, -1), last.slice(0, end.column - 1)].join('\n').trim();
}
