import { argumentsOf, functionAround, isFunction, propertyName, stringValue, unwrap } from '../../javascript/kinds.ts';
import { isCounter } from '../../javascript/structure.ts';
import { isSanitized, type JavaScriptRule, quoted } from '../../rule.ts';
import type { JavaScriptFile } from '../../source-file.ts';
import type { SyntaxNode } from '../../syntax.ts';

const MAX_HOPS = 4;

/** A property is written under a key from outside, on an object that was reached by keys from outside. */
export const prototypePollution: JavaScriptRule = {
  meta: {
    id: 'ast/js-prototype-pollution',
    category: 'security',
    severity: 'high',
    confidence: 0.6,
    cwe: 'CWE-1321',
    title: 'Write by a key from outside can reach Object.prototype',
    references: ['https://cwe.mitre.org/data/definitions/1321.html'],
  },
  kinds: ['assignment_expression', 'augmented_assignment_expression', 'call_expression'],
  match(node, file) {
    const write = node.kind === 'call_expression' ? defineProperty(node, file) : subscriptWrite(node);
    if (write === undefined || !isOpenKey(write.key, file)) return undefined;
    const reach = reachOf(write.object, file, 0) ?? recursionReach(node, write, file);
    if (reach === undefined && isFresh(write.object, file, 0)) return undefined;
    const guards = file.flow.guards(write.target, [write.key]);
    if (guards.includes('null-prototype')) return undefined;
    return {
      node: write.target,
      values: [write.key],
      message: `${quoted(write.target)} is written under a key that callers choose; with \`__proto__\` or \`constructor\` it changes every object. Refuse the keys \`__proto__\`, \`constructor\` and \`prototype\`, or write to \`Object.create(null)\` or a \`Map\`.`,
      confidence: guards.includes('prototype-key') ? 0.1 : confidenceOf(reach, write, file),
    };
  },
};

interface Write {
  readonly target: SyntaxNode;
  readonly object: SyntaxNode;
  readonly key: SyntaxNode;
  readonly value: SyntaxNode | undefined;
}
type Reach = 'nested' | 'walk' | 'recursion';

function subscriptWrite(node: SyntaxNode): Write | undefined {
  const target = node.field('left');
  if (target?.kind !== 'subscript_expression') return undefined;
  const object = target.field('object');
  const key = target.field('index');
  return object && key && { target, object, key, value: node.field('right') };
}

function defineProperty(call: SyntaxNode, file: JavaScriptFile): Write | undefined {
  const callee = call.field('function');
  if (callee === undefined || !/^(Object|Reflect)\.(defineProperty|set)$/.test(file.flow.nameOf(callee)))
    return undefined;
  const [object, key, value] = argumentsOf(call);
  return object && key && { target: call, object, key, value };
}

/** Not a literal, a counter or a number, and not one of a fixed set of names. */
function isOpenKey(key: SyntaxNode, file: JavaScriptFile): boolean {
  if (stringValue(key) !== undefined || key.kind === 'number' || key.kind === 'template_string') return false;
  if (key.kind === 'binary_expression' && /['"`]/.test(key.text)) return false;
  if (isCounter(key, file.flow.scopes) || propertyName(key) === 'length') return false;
  const trace = file.flow.trace(key);
  if (isSanitized(trace, 'integer', 'hash') && !trace.origins.has('loop-variable')) return false;
  return [...trace.origins].some((origin) => !['literal', 'constant', 'own-directory', 'environment'].includes(origin));
}

/** Without a way for keys to lead up to the prototype, a write by key is ordinary code. */
const BY_REACH: Readonly<Record<Reach, number>> = { nested: 0.5, walk: 0.7, recursion: 0.7 };
const UNREACHED = 0.12;

function confidenceOf(reach: Reach | undefined, write: Write, file: JavaScriptFile): number {
  if (reach === undefined) return UNREACHED;
  if (isContainer(write.value, file)) return BY_REACH[reach] - 0.2;
  return BY_REACH[reach] + (isRaw(write.value) ? 0.05 : 0);
}

/** `{}`, `[]` or `x[key] || {}`: a step on the way, the value itself is written elsewhere. */
function isContainer(value: SyntaxNode | undefined, file: JavaScriptFile): boolean {
  const node = value === undefined ? undefined : unwrap(value);
  if (node === undefined) return false;
  if (node.kind === 'object' || node.kind === 'array') return true;
  if (node.kind === 'ternary_expression' || node.kind === 'binary_expression')
    return node.parts.some((part) => isContainer(part, file));
  return node.kind === 'call_expression' && argumentsOf(node).some((argument) => isContainer(argument, file));
}

/** The value is stored as it came, not made here. */
function isRaw(value: SyntaxNode | undefined): boolean {
  return value?.kind === 'identifier' || value?.kind === 'subscript_expression';
}

/** How keys from outside lead to the object: the path along which `__proto__` gets to the prototype. */
function reachOf(object: SyntaxNode, file: JavaScriptFile, hops: number): Reach | undefined {
  const node = unwrap(object);
  if (hops > MAX_HOPS) return undefined;
  if (node.kind === 'subscript_expression') {
    const index = node.field('index');
    return index !== undefined && isOpenKey(index, file) ? 'nested' : undefined;
  }
  if (node.kind === 'assignment_expression') return reachFrom(node.field('right'), file, hops);
  if (node.kind !== 'identifier') return undefined;
  const binding = file.flow.scopes.resolve(node);
  if (binding === undefined) return undefined;
  for (const value of binding.values) if (reachFrom(value, file, hops) !== undefined) return 'walk';
  if (binding.kind === 'parameter' && isAccumulator(binding.owner, binding.index, file)) return 'walk';
  return undefined;
}

function reachFrom(value: SyntaxNode | undefined, file: JavaScriptFile, hops: number): Reach | undefined {
  if (value === undefined) return undefined;
  const node = unwrap(value);
  if (/^(binary|ternary)_expression$/.test(node.kind)) {
    for (const part of node.parts) if (reachFrom(part, file, hops + 1) !== undefined) return 'walk';
    return undefined;
  }
  return reachOf(node, file, hops + 1) === undefined ? undefined : 'walk';
}

/** `keys.reduce((object, key) => object[key] …)` walks down like a loop. */
function isAccumulator(fn: SyntaxNode | undefined, index: number, file: JavaScriptFile): boolean {
  const call = fn?.parent?.kind === 'arguments' ? fn.parent.parent : undefined;
  const callee = call?.field('function');
  if (index !== 0 || callee === undefined || fn === undefined || !/\.reduce(Right)?$/.test(file.flow.nameOf(callee)))
    return false;
  return /return[^;]*\[|=>\s*\(?[^{]*\[/.test(fn.text);
}

/** A function that calls itself and writes to its own parameter merges to any depth. */
function recursionReach(node: SyntaxNode, write: Write, file: JavaScriptFile): Reach | undefined {
  for (let fn = functionAround(node); fn !== undefined; fn = functionAround(fn)) {
    if (!callsItself(fn, file)) continue;
    return isFresh(write.object, file, 0) && !returnsWritten(fn, write) ? undefined : 'recursion';
  }
  return undefined;
}

const recursive = new WeakMap<SyntaxNode, boolean>();

function callsItself(fn: SyntaxNode, file: JavaScriptFile): boolean {
  const known = recursive.get(fn) ?? findsOwnCall(fn, file);
  recursive.set(fn, known);
  return known;
}

function findsOwnCall(fn: SyntaxNode, file: JavaScriptFile): boolean {
  const name = file.flow.functions.nameOf(fn);
  for (const part of fn.walk()) {
    if (part.kind !== 'call_expression') continue;
    const callee = part.field('function');
    if (callee === undefined || isFunction(callee)) continue;
    if (
      callee.text === 'arguments.callee' ||
      (name !== '' && (propertyName(callee) ?? callee.text) === name && takesMember(part, file))
    )
      return true;
  }
  return false;
}

/** The recursive call goes down: one argument is a property of something, or a variable that holds one. */
function takesMember(call: SyntaxNode, file: JavaScriptFile): boolean {
  return argumentsOf(call).some((argument) => {
    const node = unwrap(argument);
    if (node.kind === 'subscript_expression') return true;
    if (node.kind === 'binary_expression') return /\[/.test(node.text);
    const binding = node.kind === 'identifier' ? file.flow.scopes.resolve(node) : undefined;
    return binding?.values.some((value) => /\[/.test(value.text)) ?? false;
  });
}

function returnsWritten(fn: SyntaxNode, write: Write): boolean {
  return (
    new RegExp(`return\\s+${write.object.text.replace(/[^\w$.]/g, '')}\\b`).test(fn.text) &&
    /merge|extend|assign|deep|default|mixin/i.test(fn.text.slice(0, 200))
  );
}

/** An object made right here cannot lead anywhere else. */
function isFresh(object: SyntaxNode, file: JavaScriptFile, hops: number): boolean {
  const node = unwrap(object);
  if (/^(object|array)$/.test(node.kind)) return true;
  if (node.kind === 'new_expression') return true;
  if (node.kind === 'call_expression')
    return /^(Object\.(create|assign)|Array|Object)$/.test(node.field('function')?.text ?? '');
  const binding = node.kind === 'identifier' && hops < MAX_HOPS ? file.flow.scopes.resolve(node) : undefined;
  if (binding === undefined || binding.kind !== 'variable' || binding.values.length === 0 || binding.path.length > 0)
    return false;
  return binding.values.every((value) => isFresh(value, file, hops + 1));
}
