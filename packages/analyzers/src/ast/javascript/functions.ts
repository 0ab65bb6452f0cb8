import type { SyntaxNode } from '../syntax.ts';
import { isFunction, propertyName, unwrap } from './kinds.ts';
import type { Scopes } from './scope.ts';

/** Which functions a file has, under which names they are called, and from where. */
export class Functions {
  /** Call expressions by the last name of their callee. */
  readonly #sites = new Map<string, SyntaxNode[]>();
  /** Functions that are properties, methods or prototype members, by property name. */
  readonly #members = new Map<string, SyntaxNode[]>();
  /** Values assigned to `this.name`, `self.name` or a class field, by name. */
  readonly #properties = new Map<string, SyntaxNode[]>();
  readonly #scopes: Scopes;

  constructor(root: SyntaxNode, scopes: Scopes) {
    this.#scopes = scopes;
    for (const node of root.walk()) this.#index(node);
  }

  /** The functions of this file that a callee may mean. */
  called(callee: SyntaxNode): SyntaxNode[] {
    const node = unwrap(callee);
    if (isFunction(node)) return [node];
    if (node.kind === 'identifier') return this.#declared(node);
    const name = propertyName(node);
    const object = node.field('object');
    const own =
      object !== undefined &&
      /^(this|self|that|_this|module\.exports|exports|[A-Z]\w*(\.prototype)?)$/.test(object.text);
    return own && name !== undefined ? (this.#members.get(name) ?? []) : [];
  }

  /** Calls in this file that reach a function. */
  sitesOf(fn: SyntaxNode): SyntaxNode[] {
    const name = this.nameOf(fn);
    if (name === '') return [];
    return (this.#sites.get(name) ?? []).filter((site) => {
      const callee = site.field('function');
      return callee !== undefined && this.called(callee).includes(fn);
    });
  }

  /** Values that the file gives to a property of its own objects. */
  propertyValues(name: string): readonly SyntaxNode[] {
    return this.#properties.get(name) ?? [];
  }

  /** The name a function is declared, assigned or keyed under; empty for anonymous ones. */
  nameOf(fn: SyntaxNode): string {
    const own = fn.field('name')?.text;
    if (own !== undefined) return own;
    const parent = fn.parent;
    if (parent?.kind === 'variable_declarator') return parent.field('name')?.text ?? '';
    if (parent?.kind === 'pair' || parent?.kind.endsWith('field_definition')) return parent.children[0]?.text ?? '';
    if (parent?.kind !== 'assignment_expression') return '';
    const left = parent.field('left');
    return left === undefined ? '' : (propertyName(left) ?? left.text);
  }

  #declared(identifier: SyntaxNode): SyntaxNode[] {
    const binding = this.#scopes.resolve(identifier);
    if (binding === undefined || binding.kind === 'parameter' || binding.path.length > 0) return [];
    const own = binding.kind === 'function' && binding.owner !== undefined ? [binding.owner] : [];
    return [...own, ...binding.values.map(unwrap).filter(isFunction)];
  }

  #index(node: SyntaxNode): void {
    if (node.kind === 'call_expression') {
      const callee = node.field('function');
      if (callee !== undefined) push(this.#sites, propertyName(callee) ?? callee.text, node);
    } else if (isFunction(node)) {
      if (node.parent?.kind !== 'variable_declarator' && !node.kind.endsWith('declaration')) this.#member(node);
    } else if (node.kind === 'assignment_expression') this.#property(node);
  }

  #member(fn: SyntaxNode): void {
    const name = this.nameOf(fn);
    if (name !== '') push(this.#members, name, fn);
  }

  #property(node: SyntaxNode): void {
    const left = node.field('left');
    const right = node.field('right');
    if (left?.kind !== 'member_expression' || right === undefined) return;
    const name = propertyName(left);
    if (name !== undefined && /^(this|self|that|_this|me)$/.test(left.field('object')?.text ?? ''))
      push(this.#properties, name, right);
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
