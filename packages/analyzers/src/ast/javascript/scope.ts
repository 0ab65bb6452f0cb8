import type { SyntaxNode } from '../syntax.ts';
import { isFunction } from './kinds.ts';

/** One declared name and every value that the file gives it. */
export interface Binding {
  readonly name: string;
  readonly kind: 'parameter' | 'variable' | 'function' | 'class' | 'import' | 'catch' | 'loop';
  readonly node: SyntaxNode;
  /** Initialisers and assigned values; what is taken out of a destructured value is in `path`. */
  readonly values: SyntaxNode[];
  /** Property names between the value and the name, for destructuring; `*` where the name is not known. */
  readonly path: readonly string[];
  /** Function of a parameter or declaration, loop statement of a loop variable, source string of an import. */
  readonly owner: SyntaxNode | undefined;
  /** Position of a parameter. */
  readonly index: number;
}

interface Declared {
  readonly kind: Binding['kind'];
  readonly owner?: SyntaxNode | undefined;
  readonly value?: SyntaxNode | undefined;
  readonly index?: number;
}

const BLOCKS = new Set([
  'program',
  'statement_block',
  'for_statement',
  'for_in_statement',
  'catch_clause',
  'switch_body',
  'class_body',
]);

/** The names of a file by lexical scope (ECMA-262 section 9.1, without `with` and `eval`). */
export class Scopes {
  readonly #tables = new Map<SyntaxNode, Map<string, Binding>>();
  readonly #root: SyntaxNode;

  constructor(root: SyntaxNode) {
    this.#root = root;
    const assignments: SyntaxNode[] = [];
    for (const node of root.walk()) {
      this.#declare(node);
      if (node.kind === 'assignment_expression' || node.kind === 'augmented_assignment_expression')
        assignments.push(node);
    }
    for (const assignment of assignments) this.#assign(assignment);
  }

  /** The binding that an identifier refers to; undefined for globals. */
  resolve(identifier: SyntaxNode): Binding | undefined {
    return this.lookup(identifier.text, identifier);
  }

  lookup(name: string, from: SyntaxNode): Binding | undefined {
    for (const scope of from.chain()) {
      const binding = this.#tables.get(scope)?.get(name);
      if (binding !== undefined) return binding;
    }
    return undefined;
  }

  #declare(node: SyntaxNode): void {
    if (isFunction(node)) this.#function(node);
    else if (node.kind === 'variable_declarator') this.#variable(node);
    else if (node.kind === 'for_in_statement') this.#loop(node);
    else if (node.kind === 'import_statement') this.#import(node);
    else if (node.kind === 'class_declaration') {
      const name = node.field('name');
      if (name !== undefined) this.#add(this.#block(node), name, [], { kind: 'class', owner: node });
    } else if (node.kind === 'catch_clause') {
      const parameter = node.field('parameter');
      if (parameter !== undefined) this.#pattern(node, parameter, [], { kind: 'catch' });
    }
  }

  #function(node: SyntaxNode): void {
    const name = node.kind === 'method_definition' ? undefined : node.field('name');
    if (name !== undefined) {
      const scope = node.kind.endsWith('declaration') ? this.#block(node) : node;
      this.#add(scope, name, [], { kind: 'function', owner: node });
    }
    const single = node.field('parameter');
    const parameters = single === undefined ? (node.field('parameters')?.parts ?? []) : [single];
    for (const [index, parameter] of parameters.entries()) {
      const inner = parameter.kind.endsWith('_parameter') ? (parameter.field('pattern') ?? parameter) : parameter;
      this.#pattern(node, inner, [], { kind: 'parameter', owner: node, index });
    }
  }

  #variable(node: SyntaxNode): void {
    const name = node.field('name');
    if (name === undefined) return;
    const scope = node.parent?.kind === 'variable_declaration' ? this.#functionScope(node) : this.#block(node);
    const loop =
      node.parent?.parent?.kind === 'for_statement' && node.parent.parent.field('initializer') === node.parent;
    const kind = loop ? 'loop' : 'variable';
    this.#pattern(scope, name, [], { kind, owner: loop ? node.parent?.parent : undefined, value: node.field('value') });
  }

  #loop(node: SyntaxNode): void {
    const left = node.field('left');
    if (left === undefined) return;
    const declared: Declared = { kind: 'loop', owner: node, value: node.field('right') };
    const keyword = node.field('kind')?.text;
    const hoists = keyword === 'var';
    // An outer variable used as the loop variable is one inside the loop.
    this.#pattern(hoists ? this.#functionScope(node) : node, left, [], declared);
  }

  #import(node: SyntaxNode): void {
    const source = node.field('source');
    for (const part of node.walk()) {
      if (part.kind === 'import_specifier') {
        const name = part.field('name');
        const local = part.field('alias') ?? name;
        if (local && name) this.#add(this.#root, local, [name.text], { kind: 'import', owner: source });
      } else if (part.kind === 'identifier' && /^(import_clause|namespace_import)$/.test(part.parent?.kind ?? '')) {
        this.#add(this.#root, part, [], { kind: 'import', owner: source });
      }
    }
  }

  #assign(node: SyntaxNode): void {
    const left = node.field('left');
    const right = node.field('right');
    if (left?.kind !== 'identifier' || right === undefined) return;
    const known = this.resolve(left);
    if (known !== undefined) known.values.push(right);
    // An assignment without a declaration makes a global (ECMA-262, PutValue in sloppy mode).
    else this.#add(this.#root, left, [], { kind: 'variable', value: right });
  }

  #pattern(scope: SyntaxNode, node: SyntaxNode, path: readonly string[], declared: Declared): void {
    if (node.kind === 'identifier') this.#add(scope, node, path, declared);
    else if (node.kind === 'shorthand_property_identifier_pattern')
      this.#add(scope, node, [...path, node.text], declared);
    else {
      for (const [part, step] of steps(node)) this.#pattern(scope, part, [...path, ...step], declared);
    }
  }

  #add(scope: SyntaxNode, node: SyntaxNode, path: readonly string[], declared: Declared): void {
    const table = this.#tables.get(scope) ?? new Map<string, Binding>();
    this.#tables.set(scope, table);
    const known = table.get(node.text);
    if (known !== undefined && known.kind !== 'loop') {
      if (declared.value !== undefined && path.length === 0) known.values.push(declared.value);
      return;
    }
    const { kind, owner, value, index = -1 } = declared;
    table.set(node.text, {
      name: node.text,
      kind,
      node,
      values: value === undefined ? [] : [value],
      path,
      owner,
      index,
    });
  }

  #block(node: SyntaxNode): SyntaxNode {
    for (const parent of node.parent?.chain() ?? []) if (BLOCKS.has(parent.kind) || isFunction(parent)) return parent;
    return this.#root;
  }

  #functionScope(node: SyntaxNode): SyntaxNode {
    for (const parent of node.parent?.chain() ?? []) if (isFunction(parent)) return parent;
    return this.#root;
  }
}

/** The parts of a pattern that hold names, with the property that leads to each. */
function steps(node: SyntaxNode): [SyntaxNode, string[]][] {
  switch (node.kind) {
    case 'pair_pattern': {
      const value = node.field('value');
      return value === undefined ? [] : [[value, [node.field('key')?.text ?? '*']]];
    }
    case 'assignment_pattern':
    case 'object_assignment_pattern': {
      const left = node.field('left');
      return left === undefined ? [] : [[left, []]];
    }
    case 'array_pattern':
      return node.parts.map((part, index) => [part, [String(index)]]);
    default:
      return node.parts.map((part) => [part, []]);
  }
}
