import type { Role } from '@continuum/contract/finding';
import type { Flow } from '../flow.ts';
import type { SyntaxNode } from '../syntax.ts';
import { pythonGuards } from './guards.ts';
import { plainString, positional, pythonFunctionAround } from './kinds.ts';
import { PythonScopes } from './scope.ts';
import { PythonTracer } from './trace.ts';

/** The data flow of one Python file. */
export function pythonFlow(root: SyntaxNode): Flow {
  const scopes = new PythonScopes(root);
  const nameOf = (node: SyntaxNode): string => qualifiedName(node, scopes, 0);
  const tracer = new PythonTracer(scopes, nameOf);
  return {
    trace: (value) => tracer.trace(value),
    nameOf,
    guards: pythonGuards,
    role: roleOf,
    enclosing: enclosingOf,
    functionName: (node) => pythonFunctionAround(node)?.field('name')?.text ?? '',
    exported: isPublic,
    values: (node) => (node.kind === 'call' ? positional(node) : [node]),
    callee: (node) => {
      const call = [...node.chain()].find((parent) => parent.kind === 'call');
      const callee = call?.field('function');
      return callee === undefined ? '' : nameOf(callee).slice(0, 60);
    },
    frameworks: () => frameworksOf(root),
  };
}

const MAX_HOPS = 6;

function qualifiedName(node: SyntaxNode, scopes: PythonScopes, hops: number): string {
  if (hops > MAX_HOPS) return '?';
  const inner = (field: string): string => {
    const part = node.field(field);
    return part === undefined ? '?' : qualifiedName(part, scopes, hops + 1);
  };
  switch (node.kind) {
    case 'identifier':
      return nameOfIdentifier(node, scopes, hops);
    case 'attribute':
      return `${inner('object')}.${node.field('attribute')?.text ?? ''}`;
    case 'subscript':
      return `${inner('value')}.*`;
    case 'call':
      return `${inner('function')}()`;
    default:
      return plainString(node) === undefined ? '?' : "''";
  }
}

function nameOfIdentifier(node: SyntaxNode, scopes: PythonScopes, hops: number): string {
  const binding = scopes.resolve(node);
  if (binding?.kind === 'import') return binding.module;
  const [value] = binding?.kind === 'variable' && binding.values.length === 1 ? binding.values : [];
  return value?.kind === 'attribute' ? qualifiedName(value, scopes, hops + 1) : node.text;
}

const ROLES: Readonly<Record<string, Role>> = {
  argument_list: 'argument',
  keyword_argument: 'argument',
  return_statement: 'returned',
  interpolation: 'interpolated',
  binary_operator: 'interpolated',
  call: 'called',
  expression_statement: 'called',
  await: 'called',
};

function roleOf(node: SyntaxNode): Role {
  const parent = node.parent;
  if (parent === undefined) return 'other';
  if (parent.kind === 'assignment') return parent.field('left') === node ? 'assigned' : 'declared';
  if (parent.kind === 'subscript') return parent.field('subscript') === node ? 'key' : 'read';
  return ROLES[parent.kind] ?? 'read';
}

function enclosingOf(node: SyntaxNode): string[] {
  const found: string[] = [];
  for (const parent of node.parent?.chain() ?? []) {
    const construct = constructOf(parent);
    if (construct !== undefined && found.at(-1) !== construct) found.push(construct);
  }
  return found.slice(0, 6);
}

function constructOf(node: SyntaxNode): string | undefined {
  if (/^(for|while)_statement$/.test(node.kind)) return 'loop';
  if (node.kind === 'class_definition') return 'class';
  if (node.kind === 'try_statement') return 'try';
  if (node.kind === 'lambda') return 'callback';
  if (node.kind === 'module') return 'module';
  if (node.kind !== 'function_definition') return undefined;
  if (/^test_/.test(node.field('name')?.text ?? '')) return 'test-case';
  return node.parent?.parent?.kind === 'class_definition' ? 'method' : 'function';
}

/** Every name of a module can be imported unless it starts with an underscore. */
function isPublic(node: SyntaxNode): boolean {
  const fn = pythonFunctionAround(node);
  return fn !== undefined && !(fn.field('name')?.text ?? '_').startsWith('_');
}

const FRAMEWORKS =
  /^\s*(?:from|import)\s+(flask|django|fastapi|bottle|tornado|aiohttp|starlette|sanic|pyramid|sqlalchemy|psycopg2?|pymysql|sqlite3|requests|httpx|jinja2|subprocess|click|celery)\b/;

function frameworksOf(root: SyntaxNode): string[] {
  const imports = root.walk().filter((node) => /^import(_from)?_statement$/.test(node.kind));
  return [...new Set(imports.flatMap((node) => FRAMEWORKS.exec(node.text)?.[1] ?? []))].sort();
}
