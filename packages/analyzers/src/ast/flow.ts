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

/** Everything that any of the traces says. */
export function mergeTraces(traces: Iterable<Trace>): Trace {
  const origins = new Set<Origin>();
  const sanitizers = new Set<string>();
  for (const trace of traces) {
    for (const origin of trace.origins) origins.add(origin);
    for (const sanitizer of trace.sanitizers) sanitizers.add(sanitizer);
  }
  return { origins, sanitizers };
}

export function traceOf(...origins: Origin[]): Trace {
  return { origins: new Set(origins), sanitizers: new Set() };
}

/** The same trace after one more sanitizer. */
export function sanitized(trace: Trace, ...sanitizers: string[]): Trace {
  return { origins: trace.origins, sanitizers: new Set([...trace.sanitizers, ...sanitizers]) };
}
