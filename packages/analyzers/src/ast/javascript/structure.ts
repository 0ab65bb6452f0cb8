import type { Role } from '@continuum/contract/finding';
import type { SyntaxNode } from '../syntax.ts';
import { argumentsOf, isFunction, stringValue } from './kinds.ts';
import type { Names } from './names.ts';
import type { Scopes } from './scope.ts';

const TEST_CALLS =
  /^(it|test|describe|beforeEach|afterEach|before|after|suite|context|t\.test|tap\.test)(\.(only|skip|each))?$/;

/** Roles that the parent alone decides. */
const BY_PARENT: Readonly<Record<string, Role>> = {
  update_expression: 'assigned',
  call_expression: 'called',
  new_expression: 'called',
  arguments: 'argument',
  return_statement: 'returned',
  variable_declarator: 'declared',
  template_substitution: 'interpolated',
};

/** Roles that depend on which field of the parent the expression stands in: the field, the role there, and elsewhere. */
const BY_FIELD: Readonly<Record<string, readonly [string, Role, Role]>> = {
  assignment_expression: ['left', 'assigned', 'read'],
  augmented_assignment_expression: ['left', 'assigned', 'read'],
  arrow_function: ['body', 'returned', 'declared'],
  pair: ['key', 'key', 'read'],
};

/** How an expression is used where it stands. */
export function roleOf(node: SyntaxNode, scopes: Scopes): Role {
  if (node.kind === 'subscript_expression' && isCounter(node.field('index'), scopes)) return 'loop-index';
  const parent = node.parent;
  if (parent === undefined) return 'other';
  const byParent = BY_PARENT[parent.kind];
  if (byParent !== undefined) return byParent;
  const byField = BY_FIELD[parent.kind];
  if (byField !== undefined) return parent.field(byField[0]) === node ? byField[1] : byField[2];
  return roleInExpression(node, parent, scopes);
}

function roleInExpression(node: SyntaxNode, parent: SyntaxNode, scopes: Scopes): Role {
  switch (parent.kind) {
    case 'subscript_expression':
      return parent.field('index') === node ? keyRole(node, scopes) : roleOfObject(parent);
    case 'member_expression':
      return roleOfObject(parent);
    case 'binary_expression':
      return parent.field('operator')?.text === '+' ? 'interpolated' : 'read';
    case 'parenthesized_expression':
    case 'await_expression':
      return roleOf(parent, scopes);
    case 'expression_statement':
      return node.kind === 'call_expression' ? 'called' : 'other';
    default:
      return 'read';
  }
}

function roleOfObject(member: SyntaxNode): Role {
  return member.parent?.kind === 'call_expression' && member.parent.field('function') === member ? 'called' : 'read';
}

function keyRole(index: SyntaxNode, scopes: Scopes): Role {
  return isCounter(index, scopes) ? 'loop-index' : 'key';
}

/** A counting variable of a `for` loop, alone or with a constant added. */
export function isCounter(index: SyntaxNode | undefined, scopes: Scopes): boolean {
  if (index === undefined) return false;
  if (index.kind === 'binary_expression') return index.parts.some((part) => isCounter(part, scopes));
  if (index.kind === 'update_expression') return true;
  if (index.kind !== 'identifier') return false;
  const binding = scopes.resolve(index);
  if (binding?.kind === 'loop' && binding.owner?.kind === 'for_statement') return true;
  return binding?.kind === 'variable' && isUpdated(binding.node, binding.values, index);
}

/** `var i = 0` far above, counted up in the `for` or `while` around the index. */
function isUpdated(declared: SyntaxNode, values: readonly SyntaxNode[], index: SyntaxNode): boolean {
  if (
    !values.every((value) => value.kind === 'number' || value.kind === 'binary_expression' || /length/.test(value.text))
  )
    return false;
  for (const parent of index.chain()) {
    if (/^(for|while|do)_statement$/.test(parent.kind)) {
      const head = parent.kind === 'for_statement' ? parent.field('increment')?.text : parent.text.slice(0, 2_000);
      if (
        head !== undefined &&
        new RegExp(`(\\+\\+|--)\\s*${declared.text}\\b|\\b${declared.text}\\s*(\\+\\+|--|[-+]=)`).test(head)
      )
        return true;
    }
    if (isFunction(parent)) return false;
  }
  return false;
}

/** Constructs around a node, innermost first, without repeats in a row. */
export function enclosingOf(node: SyntaxNode): string[] {
  const found: string[] = [];
  for (const parent of node.parent?.chain() ?? []) {
    const construct = constructOf(parent);
    if (construct !== undefined && found.at(-1) !== construct) found.push(construct);
  }
  return found.slice(0, 6);
}

function constructOf(node: SyntaxNode): string | undefined {
  if (/^(for|while|do|for_in)_statement$/.test(node.kind)) return 'loop';
  if (node.kind === 'method_definition') return 'method';
  if (isFunction(node)) return functionConstruct(node);
  if (node.kind === 'class_declaration' || (node.kind === 'class' && node.named)) return 'class';
  if (node.kind === 'try_statement') return 'try';
  return node.kind === 'program' ? 'module' : undefined;
}

function functionConstruct(fn: SyntaxNode): string {
  const call = fn.parent?.kind === 'arguments' ? fn.parent.parent : undefined;
  if (call === undefined) return 'function';
  const callee = call.field('function')?.text ?? '';
  return TEST_CALLS.test(callee) && stringValue(argumentsOf(call)[0]) !== undefined ? 'test-case' : 'callback';
}

const FRAMEWORKS: readonly (readonly [string, RegExp])[] = [
  ['express', /^express$/],
  ['koa', /^@?koa(\/|-|$)/],
  ['fastify', /^@?fastify(\/|$)/],
  ['hapi', /^@?hapi(\/|$)/],
  ['nest', /^@nestjs\//],
  ['next', /^next(\/|$)/],
  ['hono', /^@?hono(\/|$)/],
  ['react', /^react(-dom)?(\/|$)/],
  ['preact', /^preact(\/|$)/],
  ['vue', /^vue(\/|$)/],
  ['angular', /^@angular\//],
  ['svelte', /^svelte(\/|$)/],
  ['jquery', /^jquery$/],
  ['lodash', /^(lodash|underscore)([./]|$)/],
  ['node-http', /^https?$/],
  ['child-process', /^child_process$|^execa$|^shelljs$/],
  ['knex', /^knex$/],
  ['sequelize', /^sequelize$/],
  ['prisma', /^@prisma\/client$/],
  ['typeorm', /^typeorm$/],
  ['mysql', /^mysql2?(\/|$)/],
  ['pg', /^pg$/],
  ['mongodb', /^(mongodb|mongoose)$/],
  ['electron', /^electron$/],
  ['commander', /^(commander|yargs|minimist|meow|cac)$/],
];

/** Frameworks that a file imports or requires, sorted. */
export function frameworksOf(root: SyntaxNode, names: Names): string[] {
  const found = new Set<string>();
  for (const node of root.walk()) {
    const source = node.kind === 'import_statement' ? stringValue(node.field('source')) : required(node, names);
    const framework =
      source === undefined ? undefined : FRAMEWORKS.find(([, pattern]) => pattern.test(source.replace(/^node:/, '')));
    if (framework !== undefined) found.add(framework[0]);
  }
  return [...found].sort();
}

function required(node: SyntaxNode, names: Names): string | undefined {
  if (node.kind !== 'call_expression' || node.field('function')?.text !== 'require') return undefined;
  return names.of(node);
}
