import type { Flow } from '../flow.ts';
import type { SyntaxNode } from '../syntax.ts';
import { Exports } from './exports.ts';
import { Functions } from './functions.ts';
import { Guards } from './guards.ts';
import { argumentsOf, functionAround, isFunction, unwrap } from './kinds.ts';
import { Names } from './names.ts';
import { Scopes } from './scope.ts';
import { enclosingOf, frameworksOf, roleOf } from './structure.ts';
import { Tracer } from './trace.ts';

/** What JavaScript rules may ask beyond the common questions. */
export interface JavaScriptFlow extends Flow {
  readonly scopes: Scopes;
  readonly functions: Functions;
  /** Every identifier or property of a name, in source order. */
  references(name: string): readonly SyntaxNode[];
}

/** The data flow of one JavaScript or TypeScript file. */
export function javascriptFlow(root: SyntaxNode): JavaScriptFlow {
  const scopes = new Scopes(root);
  const names = new Names(scopes);
  const functions = new Functions(root, scopes);
  const exported = new Exports(root, functions);
  const tracer = new Tracer(scopes, names, functions);
  const guards = new Guards(scopes, functions);
  let frameworks: string[] | undefined;
  let references: Map<string, SyntaxNode[]> | undefined;
  return {
    scopes,
    functions,
    references: (name) => {
      references ??= identifiersOf(root);
      return references.get(name) ?? [];
    },
    trace: (value) => tracer.trace(value),
    nameOf: (expression) => names.of(expression),
    guards: (node, values) => guards.of(node, values),
    role: (node) => roleOf(node, scopes),
    enclosing: enclosingOf,
    functionName: (node) => nearestName(node, functions),
    exported: (node) => exported.reaches(node),
    values: valuesOf,
    callee: (node) => calleeOf(node, names),
    frameworks: () => {
      frameworks ??= frameworksOf(root, names);
      return frameworks;
    },
  };
}

function identifiersOf(root: SyntaxNode): Map<string, SyntaxNode[]> {
  const names = root.walk().filter((node) => node.kind === 'identifier' || node.kind === 'property_identifier');
  return Map.groupBy(names, (node) => node.text);
}

function nearestName(node: SyntaxNode, functions: Functions): string {
  for (let fn = functionAround(node); fn !== undefined; fn = functionAround(fn)) {
    const name = functions.nameOf(fn);
    if (name !== '') return name;
  }
  return '';
}

/** Arguments of a call, key of a subscript, right side of an assignment, otherwise the expression itself. */
function valuesOf(expression: SyntaxNode): SyntaxNode[] {
  const node = unwrap(expression);
  if (node.kind === 'call_expression' || node.kind === 'new_expression')
    return argumentsOf(node).filter((argument) => !isFunction(argument));
  const part =
    node.kind === 'subscript_expression'
      ? node.field('index')
      : node.kind === 'assignment_expression'
        ? node.field('right')
        : undefined;
  return [part ?? node];
}

function calleeOf(node: SyntaxNode, names: Names): string {
  for (const parent of node.chain()) {
    const target = parent.field(CALLEE_FIELDS[parent.kind] ?? '');
    if (target !== undefined) return plain(names.of(target), target);
    if (/_statement$|declaration$/.test(parent.kind) || isFunction(parent)) return '';
  }
  return '';
}
const CALLEE_FIELDS: Readonly<Record<string, string>> = {
  call_expression: 'function',
  new_expression: 'constructor',
  assignment_expression: 'left',
};

function plain(name: string, node: SyntaxNode): string {
  const known = name.replace(/^\?\./, '');
  return known === '?' ? node.text.slice(0, 60) : known;
}
