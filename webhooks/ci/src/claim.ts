import type { CandidateFinding, Category, Severity } from '@continuum/contract/finding';

export type Level = 'error' | 'warning' | 'note';

/** What a tool says of a place, in whatever form it wrote it. */
export interface Claim {
  /** As the tool calls itself: `ESLint`, `semgrep`. */
  readonly tool: string;
  /** The tool's own id of the rule. */
  readonly rule: string;
  readonly level: Level;
  /** Relative to the repository where that could be found out. */
  readonly path: string;
  /** 1-based, of the file as it was checked. */
  readonly line: number;
  readonly endLine?: number | undefined;
  readonly column?: number | undefined;
  readonly message: string;
  readonly title?: string | undefined;
  readonly url?: string | undefined;
  /** The code as the tool quotes it. */
  readonly evidence?: string | undefined;
  /** Words that the tool files the rule under: `security`, `external/cwe/cwe-079`. */
  readonly tags?: readonly string[] | undefined;
  /** CVSS-like score from 0 to 10. */
  readonly securityScore?: number | undefined;
  /** Replaces whole lines. */
  readonly replacement?: string | undefined;
}

const MOST_LINE = 10_000_000;
const MOST_TITLE = 120;
const MOST_MESSAGE = 2_000;
const MOST_EVIDENCE = 400;

/** Prefixes of our own rules: a tool that calls itself so must not speak for them. */
const RESERVED: ReadonlySet<string> = new Set(['ast', 'secrets', 'licences', 'model']);

/** The name of a tool as the first part of a rule: small letters, digits and hyphens. */
export function toolSlug(tool: string): string {
  const slug = tool
    .toLowerCase()
    .slice(0, 100)
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 40);
  if (slug === '') return 'ci';
  return RESERVED.has(slug) ? `ci-${slug}` : slug;
}

/**
 * A claim as a candidate finding: rule `<tool>/<rule>`, and nothing that nobody knows. A linter that the team set up is mostly
 * right about its errors; whether they want to hear its warnings is for them to teach. Facts are those of a text that nobody
 * parsed: whoever has the file puts in what the code says.
 */
export function toCandidate(claim: Claim): CandidateFinding {
  const line = lineOf(claim.line);
  const endLine = Math.max(line, lineOf(claim.endLine ?? line));
  const slug = toolSlug(claim.tool);
  const cwe = cweOf(claim.tags ?? []);
  const message = oneText(claim.message, MOST_MESSAGE) || 'The tool gives no message.';
  return {
    rule: `${slug}/${ruleName(claim.rule)}`,
    category: categoryOf(claim, slug, cwe),
    severity: severityOf(claim),
    confidence: CONFIDENCE[claim.level],
    path: claim.path,
    ...{ line, endLine, column: lineOf(claim.column ?? 1) },
    evidence: (claim.evidence ?? '').slice(0, MOST_EVIDENCE).trim(),
    title: oneText(claim.title ?? firstSentence(message), MOST_TITLE) || claim.rule.slice(0, MOST_TITLE),
    message,
    ...(cwe === undefined ? {} : { cwe }),
    facts: plainFacts(claim.path),
    ...(claim.replacement === undefined
      ? {}
      : { suggestion: { startLine: line, endLine, replacement: claim.replacement } }),
    // Told apart from our own analyzers of the same name.
    claimedBy: [`ci-${slug.replace(/^ci-/, '')}`],
    references: claim.url !== undefined && /^https?:\/\/\S{1,2000}$/.test(claim.url) ? [claim.url] : [],
  };
}

const CONFIDENCE: Readonly<Record<Level, number>> = { error: 0.9, warning: 0.7, note: 0.5 };
const SEVERITY: Readonly<Record<Level, Severity>> = { error: 'medium', warning: 'low', note: 'info' };

/** Scores as GitHub's code scanning reads them; the level where there is none. */
function severityOf({ level, securityScore }: Claim): Severity {
  if (securityScore === undefined || !(securityScore > 0)) return SEVERITY[level];
  if (securityScore >= 9) return 'critical';
  if (securityScore >= 7) return 'high';
  return securityScore >= 4 ? 'medium' : 'low';
}

const SECRET_TOOLS: ReadonlySet<string> = new Set(['gitleaks', 'trufflehog', 'secretlint', 'detect-secrets']);
const BY_LEVEL: Readonly<Record<Level, Category>> = {
  error: 'correctness',
  warning: 'maintainability',
  note: 'style',
};

function categoryOf({ tags = [], rule, level, securityScore }: Claim, slug: string, cwe: string | undefined): Category {
  const words = tags.map((tag) => tag.toLowerCase());
  if (SECRET_TOOLS.has(slug) || words.includes('secret') || words.includes('secrets')) return 'secret';
  const isSecurity = cwe !== undefined || securityScore !== undefined || words.includes('security');
  if (isSecurity || /(^|[/.-])security[/.-]/i.test(rule)) return 'security';
  return BY_LEVEL[level];
}

function cweOf(tags: readonly string[]): string | undefined {
  for (const tag of tags) {
    const number = /(?:^|\/)cwe-0*([1-9]\d{0,4})\b/i.exec(tag.slice(0, 200))?.[1];
    if (number !== undefined) return `CWE-${number}`;
  }
  return undefined;
}

function ruleName(rule: string): string {
  const name = rule
    .slice(0, 120)
    .replaceAll(/[^\w@./-]+/g, '-')
    .replaceAll(/^[-/]+|[-/]+$/g, '');
  return name === '' ? 'problem' : name;
}

function lineOf(value: number): number {
  return Number.isFinite(value) ? Math.min(MOST_LINE, Math.max(1, Math.trunc(value))) : 1;
}

function oneText(text: string, most: number): string {
  const trimmed = text.slice(0, most * 2).trim();
  return trimmed.length <= most ? trimmed : `${trimmed.slice(0, most - 1)}…`;
}

function firstSentence(message: string): string {
  return /^[^\n]{1,200}?[.!?](?=\s|$)/.exec(message)?.[0]?.slice(0, -1) ?? message.split('\n')[0] ?? '';
}

function plainFacts(path: string): CandidateFinding['facts'] {
  return {
    language: /\.(\w{1,20})$/.exec(path)?.[1]?.toLowerCase() ?? 'text',
    ...{ pathClass: 'source', role: 'other', functionName: '', exported: false, callee: '' },
    ...{ origins: [], guards: [], sanitizers: [], enclosing: [], frameworks: [] },
  };
}
