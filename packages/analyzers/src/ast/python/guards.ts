import type { SyntaxNode } from '../syntax.ts';

const KINDS: readonly (readonly [string, RegExp])[] = [
  ['type-check', /\bisinstance\(|\bcallable\(|\.isdigit\(|\.isnumeric\(/],
  ['allow-list', /\b(not\s+)?in\s+[A-Z_a-z.[({]/],
  ['path-prefix', /\.startswith\(|commonpath\(|commonprefix\(|is_relative_to\(|['"]\.\.['"]/],
  ['length-check', /\blen\(/],
  ['null-check', /\bis\s+(not\s+)?None\b/],
  ['pattern', /\bre\.(match|fullmatch|search)\(|\.(match|fullmatch)\(/],
  ['equality', /[!=]=/],
];

/** Conditions around and early exits before a node that speak about its values. */
export function pythonGuards(node: SyntaxNode, values: readonly SyntaxNode[]): string[] {
  const names = new Set(
    values.flatMap((value) =>
      value
        .walk()
        .filter((part) => part.kind === 'identifier')
        .map((part) => part.text),
    ),
  );
  const found = new Set<string>();
  for (const condition of conditions(node)) {
    if (!condition.walk().some((part) => part.kind === 'identifier' && names.has(part.text))) continue;
    for (const [guard, pattern] of KINDS) if (pattern.test(condition.text)) found.add(guard);
  }
  for (const parent of node.chain())
    if (parent.kind === 'try_statement' && parent.field('body')?.contains(node)) found.add('try');
  return [...found].sort();
}

function* conditions(node: SyntaxNode): Generator<SyntaxNode> {
  let inner = node;
  for (const parent of node.parent?.chain() ?? []) {
    const condition = /^(if|while)_statement$/.test(parent.kind) ? parent.field('condition') : undefined;
    if (condition !== undefined && condition !== inner) yield condition;
    if (parent.kind === 'block' || parent.kind === 'module') yield* exitsBefore(parent, inner);
    if (parent.kind === 'function_definition') return;
    inner = parent;
  }
}

function* exitsBefore(block: SyntaxNode, statement: SyntaxNode): Generator<SyntaxNode> {
  for (const part of block.parts) {
    if (part.end > statement.start) return;
    const last = part.kind === 'if_statement' ? part.field('consequence')?.parts.at(-1) : undefined;
    const condition =
      last !== undefined && /^(return|raise|continue|break)_statement$/.test(last.kind)
        ? part.field('condition')
        : undefined;
    if (condition !== undefined) yield condition;
  }
}
