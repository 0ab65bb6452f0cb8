import type { Facts, Origin } from '@continuum/contract/finding';
import { pathClass } from '@continuum/review/path-class';
import { mergeTraces } from './flow.ts';
import { openSource, type SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';

export interface FactsQuery {
  readonly path: string;
  readonly content: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  /** 1-based, end exclusive; with both the exact expression is found, otherwise the widest reference or call there. */
  readonly endLine?: number;
  readonly endColumn?: number;
}

const MAX_CACHED = 8;
const cache = new Map<string, { content: string; file: SourceFile | undefined }>();
const STATEMENTS = /(_statement|_declaration|program|module|block|_clause|_body|arguments|argument_list|parameters)$/;
const WIDENS =
  /^(member_expression|subscript_expression|call_expression|new_expression|attribute|subscript|call|string|template_string|regex)$/;

/** Structural facts of the expression at a node; `values` are the parts whose origin matters for the claim. */
export function factsFor(
  node: SyntaxNode,
  file: SourceFile,
  values: readonly SyntaxNode[] = file.flow.values(node),
): Facts {
  const { flow } = file;
  const trace = mergeTraces(values.map((value) => flow.trace(value)));
  return {
    language: file.language.name,
    pathClass: file.pathClass,
    role: flow.role(node),
    origins: telling(trace.origins),
    guards: flow.guards(node, values),
    sanitizers: [...trace.sanitizers].sort(),
    enclosing: flow.enclosing(node),
    functionName: flow.functionName(node),
    exported: flow.exported(node),
    callee: flow.callee(node),
    frameworks: flow.frameworks(),
  };
}

/** The same facts for a position in a text, for analyzers that bring their own tree; files are parsed once. */
export function factsAt(query: FactsQuery): Facts {
  const file = cached(query.path, query.content);
  const node = file === undefined ? undefined : nodeAt(file.root, query);
  return file === undefined || node === undefined ? plainFacts(query.path, query.content) : factsFor(node, file);
}

/** Facts of a text without a grammar: only what the path says. */
export function plainFacts(path: string, content?: string): Facts {
  return {
    language: /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? 'text',
    pathClass: pathClass(path, content),
    role: 'other',
    origins: [],
    guards: [],
    sanitizers: [],
    enclosing: ['module'],
    functionName: '',
    exported: false,
    callee: '',
    frameworks: [],
  };
}

/** Literals and constants say nothing once something else flows in; `unknown` only counts alone. */
const SILENT: ReadonlySet<Origin> = new Set(['literal', 'constant', 'unknown']);

function telling(origins: ReadonlySet<Origin>): Origin[] {
  const strong = [...origins].filter((origin) => !SILENT.has(origin));
  return (strong.length > 0 ? strong : [...origins]).sort();
}

function cached(path: string, content: string): SourceFile | undefined {
  const known = cache.get(path);
  if (known !== undefined && known.content === content) return known.file;
  const file = openSource(path, content);
  cache.delete(path);
  cache.set(path, { content, file });
  for (const key of cache.keys()) if (cache.size > MAX_CACHED) cache.delete(key);
  return file;
}

function nodeAt(root: SyntaxNode, query: FactsQuery): SyntaxNode | undefined {
  let node = leafAt(root, query.line, query.column);
  while (node?.parent !== undefined && widens(node, node.parent, query)) node = node.parent;
  return node;
}

function leafAt(root: SyntaxNode, line: number, column: number): SyntaxNode | undefined {
  let node: SyntaxNode | undefined = root;
  for (let next: SyntaxNode | undefined = root; next !== undefined; ) {
    node = next;
    next = node.children.findLast((child) => isAtOrBefore(child, line, column) && child.endLine >= line);
  }
  return node;
}

function isAtOrBefore(node: SyntaxNode, line: number, column: number): boolean {
  return node.line < line || (node.line === line && node.column <= column);
}

function widens(node: SyntaxNode, parent: SyntaxNode, { endLine, endColumn }: FactsQuery): boolean {
  if (parent.start !== node.start || STATEMENTS.test(parent.kind)) return !node.named && !STATEMENTS.test(parent.kind);
  if (endLine === undefined || endColumn === undefined) return WIDENS.test(parent.kind);
  return parent.endLine < endLine || (parent.endLine === endLine && parent.endColumn <= endColumn);
}
