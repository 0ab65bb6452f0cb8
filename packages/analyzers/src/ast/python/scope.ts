import type { SyntaxNode } from '../syntax.ts';

/** One name of a Python function or module and what the file gives it. */
export interface PythonBinding {
  readonly name: string;
  readonly kind: 'parameter' | 'variable' | 'loop' | 'import' | 'function' | 'class';
  readonly values: SyntaxNode[];
  /** Function of a parameter; qualified name of an import. */
  readonly owner: SyntaxNode | undefined;
  readonly module: string;
  readonly index: number;
}

/** Names by function, class and module (The Python Language Reference, 4.2.2: no block scopes). */
export class PythonScopes {
  readonly #tables = new Map<SyntaxNode, Map<string, PythonBinding>>();

  constructor(root: SyntaxNode) {
    for (const node of root.walk()) this.#declare(node);
  }

  resolve(identifier: SyntaxNode): PythonBinding | undefined {
    for (const scope of identifier.chain()) {
      const binding = this.#tables.get(scope)?.get(identifier.text);
      if (binding !== undefined) return binding;
    }
    return undefined;
  }

  #declare(node: SyntaxNode): void {
    switch (node.kind) {
      case 'function_definition':
      case 'lambda':
        this.#function(node);
        break;
      case 'class_definition':
        this.#name(scopeOf(node), node.field('name'), { kind: 'class', owner: node });
        break;
      case 'assignment':
      case 'named_expression':
      case 'augmented_assignment':
        this.#targets(
          node,
          node.field('left') ?? node.field('name'),
          'variable',
          node.field('right') ?? node.field('value'),
        );
        break;
      case 'for_statement':
      case 'for_in_clause':
        this.#targets(node, node.field('left'), 'loop', node.field('right'));
        break;
      case 'as_pattern':
        this.#targets(node, node.parts.at(-1)?.parts[0] ?? node.parts.at(-1), 'variable', node.parts[0]);
        break;
      case 'import_statement':
      case 'import_from_statement':
        this.#import(node);
        break;
    }
  }

  #function(node: SyntaxNode): void {
    this.#name(scopeOf(node), node.field('name'), { kind: 'function', owner: node });
    for (const [index, parameter] of (node.field('parameters')?.parts ?? []).entries()) {
      const name = parameter.kind === 'identifier' ? parameter : (parameter.field('name') ?? parameter.parts[0]);
      this.#name(node, name, { kind: 'parameter', owner: node, index });
    }
  }

  #targets(
    at: SyntaxNode,
    target: SyntaxNode | undefined,
    kind: PythonBinding['kind'],
    value: SyntaxNode | undefined,
  ): void {
    for (const name of target?.walk() ?? []) {
      if (name.kind === 'identifier' && !/^(attribute|subscript)$/.test(name.parent?.kind ?? ''))
        this.#name(scopeOf(at), name, { kind, value });
    }
  }

  #import(node: SyntaxNode): void {
    const source = node.field('module_name');
    for (const part of node.parts) {
      if (part === source) continue;
      const { local, name } = importedName(part);
      // `import a.b` binds `a`; everything else binds what it names.
      const root = source === undefined && part.kind === 'dotted_name' ? (local?.text ?? name) : name;
      this.#name(scopeOf(node), local, {
        kind: 'import',
        module: source === undefined ? root : `${source.text}.${name}`,
      });
    }
  }

  #name(
    scope: SyntaxNode,
    name: SyntaxNode | undefined,
    given: Partial<PythonBinding> & { kind: PythonBinding['kind']; value?: SyntaxNode | undefined },
  ): void {
    if (name === undefined) return;
    const table = this.#tables.get(scope) ?? new Map<string, PythonBinding>();
    this.#tables.set(scope, table);
    const values = given.value === undefined ? [] : [given.value];
    const known = table.get(name.text);
    if (known !== undefined) known.values.push(...values);
    else
      table.set(name.text, {
        name: name.text,
        kind: given.kind,
        values,
        owner: given.owner,
        module: given.module ?? '',
        index: given.index ?? -1,
      });
  }
}

/** The function, class or module whose names a node declares. */
function scopeOf(node: SyntaxNode): SyntaxNode {
  let last = node;
  for (const parent of node.parent?.chain() ?? []) {
    if (/^(function_definition|lambda|class_definition|module)$/.test(parent.kind)) return parent;
    last = parent;
  }
  return last;
}

function importedName(part: SyntaxNode): { local: SyntaxNode | undefined; name: string } {
  if (part.kind !== 'aliased_import') return { local: part.parts[0] ?? part, name: part.text };
  return { local: part.field('alias'), name: part.field('name')?.text ?? '' };
}
