import type { SyntaxNode } from '../syntax.ts';
import type { Functions } from './functions.ts';
import { functionAround, isFunction } from './kinds.ts';
import type { Scopes } from './scope.ts';

const PROTOTYPE_KEY = /__proto__|['"](constructor|prototype)['"]/;
const PROTOTYPE_CHECK =
  /\b(is(Un)?[sS]afe\w*|is(Proto|Dangerous|Forbidden|Blacklisted|Invalid|Valid)\w*|has(Proto|Dangerous)\w*|\w*(blacklist|denylist|forbidden|polluti|unsafe)\w*)\b/i;

/** What a condition checks, by the shape of its text. */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['own-property', /hasOwnProperty|Object\.hasOwn\(|\bhasOwn\b|\bhas\(|\.has\(\w+,/],
  ['prototype-key', PROTOTYPE_KEY],
  [
    'type-check',
    /\btypeof\b|\binstanceof\b|\bis(Array|Object|PlainObject|String|Number|Integer|SafeInteger|Function|NaN|Finite|Obj|Type)\b|\.constructor\s*[!=]==?/,
  ],
  ['allow-list', /\.(includes|has|indexOf)\(|\b(allow|white)-?list\w*|\s(in)\s/i],
  [
    'path-prefix',
    /startsWith\(|\.indexOf\([^)]*\)\s*(===?|!==?|>|<)\s*-?[01]|['"`]\.\.[/\\]?['"`]|isAbsolute\(|isInside|\.relative\(|isPathInside/,
  ],
  ['length-check', /\.length\s*[<>=!]|[<>=]=?\s*\w+\.length|\bMAX_\w+/],
  ['null-check', /[!=]==?\s*(null|undefined)\b|\b(null|undefined)\s*[!=]==?|^\(?!\w[\w.]*\)?$/],
  ['pattern', /\.test\(|\.match\(|\.exec\(/],
  ['equality', /[!=]==?\s*['"`\d]|['"`]\s*[!=]==?/],
];

/** The checks between the start of the outermost function and a node. */
export class Guards {
  readonly #scopes: Scopes;
  readonly #functions: Functions;
  readonly #exits = new Map<SyntaxNode, SyntaxNode[]>();

  constructor(scopes: Scopes, functions: Functions) {
    this.#scopes = scopes;
    this.#functions = functions;
  }

  of(node: SyntaxNode, values: readonly SyntaxNode[]): string[] {
    const names = namesIn(values.length === 0 ? [node] : values);
    const found = new Set<string>();
    for (const condition of this.#conditions(node)) {
      if (mentions(condition, names)) this.#classify(condition, found);
    }
    for (const parent of node.chain())
      if (parent.kind === 'try_statement' && parent.field('body')?.contains(node)) found.add('try');
    if (this.#nullPrototype(node)) found.add('null-prototype');
    if (refusesPrototype(node)) found.add('prototype-key');
    return [...found].sort();
  }

  #classify(condition: SyntaxNode, found: Set<string>): void {
    const text = condition.text.slice(0, 400);
    for (const [guard, pattern] of KINDS) if (pattern.test(text)) found.add(guard);
    if (PROTOTYPE_CHECK.test(text) || this.#callsPrototypeCheck(condition)) found.add('prototype-key');
  }

  #callsPrototypeCheck(condition: SyntaxNode): boolean {
    for (const part of condition.walk()) {
      if (part.kind !== 'call_expression') continue;
      const callee = part.field('function');
      if (callee && this.#functions.called(callee).some((fn) => PROTOTYPE_KEY.test(fn.text.slice(0, 2_000))))
        return true;
    }
    return false;
  }

  /** Conditions that hold, or were left by an early exit, where the node stands. */
  *#conditions(node: SyntaxNode): Generator<SyntaxNode> {
    let inner = node;
    for (const parent of node.parent?.chain() ?? []) {
      yield* enclosingConditions(parent, inner);
      if (parent.kind === 'statement_block' || parent.kind === 'program') yield* this.#exitsBefore(parent, inner);
      inner = parent;
    }
  }

  *#exitsBefore(block: SyntaxNode, statement: SyntaxNode): Generator<SyntaxNode> {
    const known = this.#exits.get(block) ?? block.parts.filter((part) => part.kind === 'if_statement' && leaves(part));
    this.#exits.set(block, known);
    for (const exit of known) {
      const condition = exit.end <= statement.start ? exit.field('condition') : undefined;
      if (condition !== undefined) yield condition;
    }
  }

  /** The object that is written to has no prototype to pollute. */
  #nullPrototype(node: SyntaxNode): boolean {
    const object = node.kind === 'subscript_expression' ? node.field('object') : undefined;
    const binding = object?.kind === 'identifier' ? this.#scopes.resolve(object) : undefined;
    const values = binding?.values ?? [];
    return (
      values.length > 0 && values.every((value) => /^Object\.create\(null\)|^new (Map|WeakMap|Set)\b/.test(value.text))
    );
  }
}

function* enclosingConditions(parent: SyntaxNode, inner: SyntaxNode): Generator<SyntaxNode> {
  if (/^(if|while)_statement$|^ternary_expression$/.test(parent.kind)) {
    const condition = parent.field('condition');
    if (condition !== undefined && condition !== inner) yield condition;
  } else if (parent.kind === 'binary_expression' && /^(&&|\|\|)$/.test(parent.field('operator')?.text ?? '')) {
    const left = parent.field('left');
    if (left !== undefined && left !== inner) yield left;
  } else if (parent.kind === 'switch_case') {
    const value = parent.parent?.parent?.field('value');
    if (value !== undefined) yield value;
  }
}

function leaves(statement: SyntaxNode): boolean {
  const consequence = statement.field('consequence');
  const last = consequence?.kind === 'statement_block' ? consequence.parts.at(-1) : consequence;
  return last !== undefined && /^(return|throw|continue|break)_statement$/.test(last.kind);
}

function namesIn(values: readonly SyntaxNode[]): Set<string> {
  const names = new Set<string>();
  for (const value of values) {
    for (const part of value.walk())
      if (part.kind === 'identifier' || part.kind === 'property_identifier') names.add(part.text);
  }
  return names;
}

function mentions(condition: SyntaxNode, names: ReadonlySet<string>): boolean {
  for (const part of condition.walk()) {
    if ((part.kind === 'identifier' || part.kind === 'property_identifier') && names.has(part.text)) return true;
  }
  return false;
}

/** Somewhere in the function the forbidden keys are named: they are filtered before they get here. */
function refusesPrototype(node: SyntaxNode): boolean {
  let outermost = functionAround(node);
  for (const parent of outermost?.chain() ?? []) {
    if (isFunction(parent) && functionAround(parent) !== undefined) outermost = parent;
  }
  return outermost !== undefined && outermost.end - outermost.start < 8_000 && /__proto__/.test(outermost.text);
}
