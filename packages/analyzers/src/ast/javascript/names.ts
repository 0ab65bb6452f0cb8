import type { SyntaxNode } from '../syntax.ts';
import { argumentsOf, propertyName, stringValue, unwrap } from './kinds.ts';
import type { Scopes } from './scope.ts';

const MAX_HOPS = 8;
/** Calls that give back, for the question "which function is this", what they were given. */
const TRANSPARENT =
  /^((\w+\.)?promisify|_?_?import(Star|Default)|_?interopRequire\w*|__toESM|tslib_1\.__import\w+|bluebird\.promisify)$/;

/** Names behind expressions, through `require`, imports, aliases and destructuring. */
export class Names {
  readonly #scopes: Scopes;

  constructor(scopes: Scopes) {
    this.#scopes = scopes;
  }

  /** `child_process.exec` for `cp.exec` after `const cp = require('node:child_process')`; `?` where no name is known. */
  of(expression: SyntaxNode, hops = 0): string {
    const node = unwrap(expression);
    if (hops > MAX_HOPS) return '?';
    switch (node.kind) {
      case 'identifier':
      case 'shorthand_property_identifier':
        return this.#identifier(node, hops);
      case 'member_expression':
      case 'subscript_expression':
        return this.#member(node, hops);
      case 'call_expression':
        return this.#call(node, hops);
      case 'sequence_expression':
        return this.of(node.parts.at(-1) ?? node, hops + 1);
      case 'new_expression':
        return this.of(node.field('constructor') ?? node, hops + 1);
      case 'meta_property':
        return node.text;
      case 'this':
      case 'super':
      case 'import':
        return node.kind;
      default:
        return '?';
    }
  }

  #member(node: SyntaxNode, hops: number): string {
    const object = node.field('object');
    if (object === undefined) return '?';
    const name = this.of(object, hops + 1);
    const property = propertyName(node) ?? '*';
    return property === 'default' ? name : `${name}.${property}`;
  }

  #identifier(node: SyntaxNode, hops: number): string {
    const binding = this.#scopes.resolve(node);
    if (binding === undefined) return node.text;
    if (binding.kind === 'import') return joined(moduleName(stringValue(binding.owner)), binding.path);
    if (binding.kind !== 'variable') return node.text;
    const [value] = binding.values;
    if (value === undefined || binding.values.length > 3) return node.text;
    const named = this.of(value, hops + 1);
    return named === '?' || named.startsWith('?') ? node.text : joined(named, binding.path);
  }

  #call(node: SyntaxNode, hops: number): string {
    const callee = node.field('function');
    if (callee === undefined) return '?';
    const [first] = argumentsOf(node);
    if (callee.text === 'require' || callee.kind === 'import') return moduleName(stringValue(first)) || '?';
    if (first !== undefined && TRANSPARENT.test(callee.text)) return this.of(first, hops + 1);
    return '?';
  }
}

function moduleName(source: string | undefined): string {
  return (source ?? '')
    .replace(/^node:/, '')
    .replace(/^(fs-extra|graceful-fs|mz\/fs|original-fs)$/, 'fs')
    .replace(/^mz\//, '');
}

function joined(name: string, path: readonly string[]): string {
  return [name, ...path.filter((part) => part !== 'default')].filter(Boolean).join('.');
}
