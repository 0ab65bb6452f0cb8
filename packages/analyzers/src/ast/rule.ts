import type { Category, Origin, Severity, Suggestion } from '@continuum/contract/finding';
import type { Trace } from './flow.ts';
import type { JavaScriptFile, PythonFile, SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';

/** What a rule says about itself, as data. */
export interface RuleMeta {
  /** `ast/<language>-<name>`. */
  readonly id: string;
  readonly category: Category;
  readonly severity: Severity;
  /** How often a match is the real thing, in [0, 1], before facts are weighed. */
  readonly confidence: number;
  readonly cwe?: string;
  readonly title: string;
  readonly references: readonly string[];
}

/** One place where a rule holds. */
export interface Match {
  readonly node: SyntaxNode;
  /** The expressions whose origin matters; by default those of the node. */
  readonly values?: readonly SyntaxNode[];
  /** What is wrong here and what to do. */
  readonly message: string;
  readonly confidence?: number;
  readonly severity?: Severity;
  readonly suggestion?: Suggestion;
  readonly sanitizers?: readonly string[];
}

/** A rule looks at nodes of some kinds and answers with a match, several, or nothing. */
export interface Rule<F extends SourceFile = SourceFile> {
  readonly meta: RuleMeta;
  readonly kinds: readonly string[];
  match(node: SyntaxNode, file: F): Match | readonly Match[] | undefined;
}
export type JavaScriptRule = Rule<JavaScriptFile>;
export type PythonRule = Rule<PythonFile>;

const HARMLESS: ReadonlySet<Origin> = new Set(['literal', 'constant']);
const OUTSIDE: ReadonlySet<Origin> = new Set(['request', 'parameter', 'environment', 'file-content', 'configuration']);

/** Something other than literals and constants flows in. */
export function isDynamic(trace: Trace): boolean {
  return [...trace.origins].some((origin) => !HARMLESS.has(origin) && origin !== 'own-directory');
}

/** Something flows in that callers, users or files decide. */
export function isExposed(trace: Trace): boolean {
  return [...trace.origins].some((origin) => OUTSIDE.has(origin));
}

/** Any of the sanitizers was met on the way. */
export function isSanitized(trace: Trace, ...sanitizers: string[]): boolean {
  return sanitizers.some((sanitizer) => trace.sanitizers.has(sanitizer));
}

/** An expression as it may be quoted in a message: one line, short. */
export function quoted(node: SyntaxNode): string {
  const text = node.text.slice(0, 80).replace(/\s+/g, ' ').replaceAll('`', "'");
  return `\`${text.length > 48 ? `${text.slice(0, 47)}…` : text}\``;
}

/** A fix that replaces exactly one node, written as whole lines. */
export function replaceNode(node: SyntaxNode, by: string, content: string): Suggestion {
  const lineStart = content.lastIndexOf('\n', node.start - 1) + 1;
  const lineEnd = content.indexOf('\n', node.end);
  const after = content.slice(node.end, lineEnd === -1 ? undefined : lineEnd).replace(/\r$/, '');
  return {
    startLine: node.line,
    endLine: node.endLine,
    replacement: content.slice(lineStart, node.start) + by + after,
  };
}
