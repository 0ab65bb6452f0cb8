import type { SyntaxNode } from '../syntax.ts';
import type { Functions } from './functions.ts';
import { functionAround, isFunction } from './kinds.ts';

const EXPORT_TARGET = /^(module\.exports|exports)(\.|\[|$)|^(window|root|global|globalThis|self)\.\w+/;
const MAX_DEPTH = 12;

/** Which functions code of other modules can reach: exported ones, members of exported objects, and what those call. */
export class Exports {
  readonly #names = new Set<string>();
  readonly #known = new Map<SyntaxNode, boolean>();
  readonly #functions: Functions;

  constructor(root: SyntaxNode, functions: Functions) {
    this.#functions = functions;
    for (const node of root.walk()) this.#collect(node);
  }

  /** Whether the function around a node (or the function that it is) can be reached from other modules. */
  reaches(node: SyntaxNode): boolean {
    const fn = isFunction(node) ? node : functionAround(node);
    return fn === undefined ? false : this.#reached(fn, 0);
  }

  #reached(fn: SyntaxNode, depth: number): boolean {
    const known = this.#known.get(fn);
    if (known !== undefined) return known;
    if (depth > MAX_DEPTH) return false;
    this.#known.set(fn, false);
    const reached = this.#exportedAt(fn, depth) || this.#functions.sitesOf(fn).some((site) => this.#site(site, depth));
    this.#known.set(fn, reached);
    return reached;
  }

  #site(site: SyntaxNode, depth: number): boolean {
    const caller = functionAround(site);
    return caller !== undefined && this.#reached(caller, depth + 1);
  }

  #exportedAt(fn: SyntaxNode, depth: number): boolean {
    if (this.#names.has(this.#functions.nameOf(fn)) && fn.kind !== 'method_definition' && fn.parent?.kind !== 'pair')
      return true;
    for (const parent of fn.parent?.chain() ?? []) {
      if (isFunction(parent)) return this.#returned(fn, parent) || this.#reached(parent, depth + 1);
      if (this.#exporting(parent)) return true;
    }
    return false;
  }

  #exporting(node: SyntaxNode): boolean {
    if (node.kind === 'export_statement') return true;
    if (node.kind === 'class_declaration' || node.kind === 'variable_declarator')
      return this.#names.has(node.field('name')?.text ?? '');
    if (node.kind !== 'assignment_expression') return false;
    const target = node.field('left')?.text ?? '';
    return EXPORT_TARGET.test(target) || this.#names.has(rootName(target));
  }

  /** A factory or wrapper at module level that returns the function hands it out. */
  #returned(fn: SyntaxNode, factory: SyntaxNode): boolean {
    if (functionAround(factory) !== undefined) return false;
    for (const parent of fn.parent?.chain() ?? []) {
      if (parent === factory) return false;
      if (parent.kind === 'return_statement')
        return factory.parent?.kind !== 'program' || this.#known.get(factory) === true;
    }
    return false;
  }

  #collect(node: SyntaxNode): void {
    if (node.kind === 'assignment_expression') {
      const left = node.field('left');
      const right = node.field('right');
      if (left && right && EXPORT_TARGET.test(left.text)) this.#value(right);
    } else if (node.kind === 'export_statement') {
      const value = node.field('value');
      if (value !== undefined) this.#value(value);
    } else if (node.kind === 'export_specifier') this.#names.add(node.field('name')?.text ?? '');
    else if (node.kind === 'return_statement') this.#factoryReturn(node);
  }

  #factoryReturn(node: SyntaxNode): void {
    const fn = functionAround(node);
    const value = node.parts[0];
    const immediate = fn !== undefined && !fn.kind.endsWith('declaration') && functionAround(fn) === undefined;
    if (
      immediate &&
      /^(arguments|parenthesized_expression|call_expression|unary_expression)$/.test(fn.parent?.kind ?? '') &&
      value
    )
      this.#value(value);
  }

  #value(value: SyntaxNode): void {
    if (value.kind === 'identifier') this.#names.add(value.text);
    else if (value.kind === 'assignment_expression') {
      const right = value.field('right');
      if (right) this.#value(right);
    } else if (value.kind === 'new_expression') this.#names.add(value.field('constructor')?.text ?? '');
    else if (value.kind === 'object') this.#object(value);
    else if (value.kind === 'call_expression')
      for (const part of value.field('arguments')?.parts ?? []) this.#value(part);
  }

  #object(object: SyntaxNode): void {
    for (const part of object.parts) {
      if (part.kind === 'shorthand_property_identifier') this.#names.add(part.text);
      const value = part.kind === 'pair' ? part.field('value') : undefined;
      if (value?.kind === 'identifier') this.#names.add(value.text);
    }
  }
}

function rootName(target: string): string {
  return /^\w+(?=\.|\[)/.exec(target)?.[0] ?? '';
}
