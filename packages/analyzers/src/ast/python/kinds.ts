import type { SyntaxNode } from '../syntax.ts';

/** Positional arguments of a call, in order. */
export function positional(call: SyntaxNode): SyntaxNode[] {
  return (call.field('arguments')?.parts ?? []).filter((part) => part.kind !== 'keyword_argument');
}

/** The value of a keyword argument. */
export function keyword(call: SyntaxNode, name: string): SyntaxNode | undefined {
  const found = call
    .field('arguments')
    ?.parts.find((part) => part.kind === 'keyword_argument' && part.field('name')?.text === name);
  return found?.field('value');
}

/** The text of a plain string literal. */
export function plainString(node: SyntaxNode | undefined): string | undefined {
  if (node?.kind !== 'string' || node.parts.some((part) => part.kind === 'interpolation')) return undefined;
  return node.parts
    .filter((part) => part.kind === 'string_content')
    .map((part) => part.text)
    .join('');
}

export function pythonFunctionAround(node: SyntaxNode): SyntaxNode | undefined {
  for (const parent of node.parent?.chain() ?? [])
    if (/^(function_definition|lambda)$/.test(parent.kind)) return parent;
  return undefined;
}
