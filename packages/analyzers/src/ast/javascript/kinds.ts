import type { SyntaxNode } from '../syntax.ts';

const FUNCTIONS = new Set([
  'function_declaration',
  'function_expression',
  'function',
  'arrow_function',
  'method_definition',
  'generator_function',
  'generator_function_declaration',
]);

/** A node with its own parameters and `return`. The keyword token `function` has the same kind but is not named. */
export function isFunction(node: SyntaxNode): boolean {
  return node.named && FUNCTIONS.has(node.kind);
}

/** The nearest function around a node, itself excluded. */
export function functionAround(node: SyntaxNode): SyntaxNode | undefined {
  for (const parent of node.parent?.chain() ?? []) if (isFunction(parent)) return parent;
  return undefined;
}

/** Without parentheses, `await`, `!` and type assertions. */
export function unwrap(node: SyntaxNode): SyntaxNode {
  let inner = node;
  for (;;) {
    const next = WRAPPERS.has(inner.kind) ? inner.parts[0] : undefined;
    if (next === undefined) return inner;
    inner = next;
  }
}
const WRAPPERS = new Set([
  'parenthesized_expression',
  'await_expression',
  'as_expression',
  'satisfies_expression',
  'non_null_expression',
]);

/** The arguments of a call or `new`, in order. */
export function argumentsOf(call: SyntaxNode): SyntaxNode[] {
  return call.children.find((child) => child.kind === 'arguments')?.parts ?? [];
}

/** The text of a string literal without quotes, or of a template without substitutions. */
export function stringValue(node: SyntaxNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (node.kind === 'string') return node.text.slice(1, -1);
  if (node.kind !== 'template_string') return undefined;
  return node.parts.some((part) => part.kind === 'template_substitution') ? undefined : node.text.slice(1, -1);
}

/** The name of a property: `a.b` -> b, `a['b']` -> b. */
export function propertyName(node: SyntaxNode): string | undefined {
  if (node.kind === 'member_expression') return node.field('property')?.text;
  if (node.kind === 'subscript_expression') return stringValue(node.field('index'));
  return undefined;
}
