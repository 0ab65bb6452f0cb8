import type { Origin, Role } from '@continuum/contract/finding';
import type { SyntaxNode } from './syntax.ts';

/** Where a value comes from and what it went through on the way, traced inside its file. */
export interface Trace {
  readonly origins: ReadonlySet<Origin>;
  readonly sanitizers: ReadonlySet<string>;
}

/** The questions about data flow and structure that rules and facts ask, answered per language family. */
export interface Flow {
  trace(value: SyntaxNode): Trace;
  /** The name behind a callee or reference, through imports and aliases: `child_process.exec`. */
  nameOf(expression: SyntaxNode): string;
  /** Checks that stand between the start of the function and the node and speak about the values. */
  guards(node: SyntaxNode, values: readonly SyntaxNode[]): string[];
  role(node: SyntaxNode): Role;
  enclosing(node: SyntaxNode): string[];
  functionName(node: SyntaxNode): string;
  /** Code of other modules can reach the function around the node. */
  exported(node: SyntaxNode): boolean;
  /** The parts of an expression whose origin decides whether it is dangerous. */
  values(node: SyntaxNode): SyntaxNode[];
  /** The name called or assigned at the node. */
  callee(node: SyntaxNode): string;
  frameworks(): string[];
}

/** A trace that says nothing. */
export const NO_TRACE: Trace = { origins: new Set(), sanitizers: new Set() };

const HARMLESS: ReadonlySet<Origin> = new Set(['literal', 'constant']);

/** Any part that is not a literal or constant. */
export function isOpen(trace: Trace): boolean {
  return [...trace.origins].some((origin) => !HARMLESS.has(origin));
}

/** A value put together of several: every origin counts, a sanitizer only when all open parts went through it. */
export function mergeTraces(traces: Iterable<Trace>): Trace {
  const all = [...traces];
  const origins = new Set(all.flatMap((trace) => [...trace.origins]));
  const open = all.filter(isOpen);
  const [first, ...others] = open.length > 0 ? open : all;
  const shared = [...(first?.sanitizers ?? [])].filter((name) =>
    others.every(({ sanitizers }) => sanitizers.has(name)),
  );
  return { origins, sanitizers: new Set(shared) };
}

export function traceOf(...origins: Origin[]): Trace {
  return { origins: new Set(origins), sanitizers: new Set() };
}

/** The same trace after one more sanitizer. */
export function sanitized(trace: Trace, ...sanitizers: string[]): Trace {
  return { origins: trace.origins, sanitizers: new Set([...trace.sanitizers, ...sanitizers]) };
}
