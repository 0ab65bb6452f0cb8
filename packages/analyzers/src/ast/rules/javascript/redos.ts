import { type Ambiguity, ambiguityOf } from '../../ambiguity.ts';
import { argumentsOf, propertyName, stringValue } from '../../javascript/kinds.ts';
import { isDynamic, isExposed, type JavaScriptRule, type Match, quoted } from '../../rule.ts';
import type { JavaScriptFile } from '../../source-file.ts';
import type { SyntaxNode } from '../../syntax.ts';

const REFERENCES = ['https://cwe.mitre.org/data/definitions/1333.html'];
const REGEX_METHODS = /^(test|exec)$/;
const STRING_METHODS = /^(match|matchAll|replace|replaceAll|search|split)$/;
const MAX_USES = 3;

/** A regular expression whose matching time explodes on chosen input, reported where text meets it. */
export const redos: JavaScriptRule = {
  meta: {
    id: 'ast/js-redos',
    category: 'security',
    severity: 'high',
    confidence: 0.6,
    cwe: 'CWE-1333',
    title: 'Regular expression can be made to take very long',
    references: REFERENCES,
  },
  kinds: ['regex', 'new_expression', 'call_expression'],
  match(node, file) {
    const pattern = patternOf(node);
    const ambiguity = pattern === undefined ? undefined : ambiguityOf(pattern.source, pattern.flags);
    if (ambiguity === undefined) return undefined;
    const uses = usesOf(node, file, 0)
      .sort((a, b) => distance(a, node) - distance(b, node))
      .slice(0, MAX_USES);
    if (uses.length === 0) return toMatch(node, node, undefined, ambiguity, file);
    return uses
      .map((use) => toMatch(use.node, node, use.input, ambiguity, file))
      .filter((match) => match !== undefined);
  },
};

interface Use {
  readonly node: SyntaxNode;
  /** The text that is matched. */
  readonly input: SyntaxNode | undefined;
}

function toMatch(
  node: SyntaxNode,
  regex: SyntaxNode,
  input: SyntaxNode | undefined,
  ambiguity: Ambiguity,
  file: JavaScriptFile,
): Match | undefined {
  const trace = input === undefined ? undefined : file.flow.trace(input);
  if (trace !== undefined && !isDynamic(trace)) return undefined;
  const exponential = ambiguity.growth === 'exponential';
  const certainty = exponential ? 0.75 : ambiguity.cause === 'Move' ? 0.35 : 0.55;
  const reached = trace === undefined ? 0.6 : isExposed(trace) ? 1 : 0.7;
  return {
    node,
    values: input === undefined ? [] : [input],
    message: `${quoted(regex)} takes ${exponential ? 'exponential' : 'quadratic or worse'} time on many repeated ${JSON.stringify(ambiguity.pump)} (at \`${ambiguity.quantifier.slice(0, 40)}\`). Make the repetitions exclude each other, anchor the pattern, or limit the length of the text first.`,
    severity: exponential ? 'high' : 'medium',
    confidence: certainty * reached,
  };
}

function patternOf(node: SyntaxNode): { source: string; flags: string } | undefined {
  if (node.kind === 'regex') {
    return { source: node.field('pattern')?.text ?? '', flags: node.field('flags')?.text ?? '' };
  }
  const callee = node.field('constructor') ?? node.field('function');
  if (callee?.text !== 'RegExp') return undefined;
  const [source, flags] = argumentsOf(node).map(stringValue);
  return source === undefined ? undefined : { source: unescaped(source), flags: flags ?? '' };
}

/** The pattern that a string literal spells: one level of escapes less. */
function unescaped(text: string): string {
  return text.replace(/\\([\\'"`/])/g, '$1');
}

/** Uses after the pattern come first, the nearest before others: the variable may hold another pattern elsewhere. */
function distance({ node }: Use, regex: SyntaxNode): number {
  return node.start >= regex.start ? node.start - regex.start : 1e9 + regex.start - node.start;
}

/** The places where text is matched against a regular expression. */
function usesOf(regex: SyntaxNode, file: JavaScriptFile, hops: number): Use[] {
  const direct = useAt(regex);
  if (direct !== undefined) return [direct];
  const holder = regex.parent;
  switch (holder?.kind) {
    case 'variable_declarator':
      return usesOfVariable(holder.field('name'), file);
    case 'assignment_expression':
      return usesOfTarget(holder.field('left'), file);
    case 'arguments':
      return hops < 2 ? usesOfParameter(regex, holder, file, hops) : [];
    case 'pair': {
      const uses = usesOfProperty(holder.field('key')?.text ?? '', file);
      return uses.length > 0 ? uses : usesOfTables(file);
    }
    case 'array':
      return usesOfTables(file);
    default:
      return [];
  }
}

function usesOfTarget(target: SyntaxNode | undefined, file: JavaScriptFile): Use[] {
  if (target?.kind === 'identifier') return usesOfVariable(target, file);
  const property = target === undefined ? undefined : propertyName(target);
  return property === undefined ? [] : usesOfProperty(property, file);
}

/** A pattern handed to a function of the file is used where the parameter is. */
function usesOfParameter(regex: SyntaxNode, given: SyntaxNode, file: JavaScriptFile, hops: number): Use[] {
  const callee = given.parent?.field('function');
  const index = given.parts.indexOf(regex);
  const functions = callee === undefined ? [] : file.flow.functions.called(callee);
  return functions.flatMap((fn) => {
    const parameter = fn.field('parameters')?.parts[index] ?? (index === 0 ? fn.field('parameter') : undefined);
    return hops > 2 ? [] : usesOfVariable(parameter?.field('pattern') ?? parameter, file);
  });
}

/** Patterns kept in tables are run by calls on an element: `table[i].exec(text)`. */
function usesOfTables(file: JavaScriptFile): Use[] {
  const calls = ['exec', 'test'].flatMap((method) => file.flow.references(method));
  return calls.flatMap((reference) => {
    const receiver = reference.parent?.field('object');
    return receiver?.kind === 'subscript_expression' ? (useAt(receiver) ?? []) : [];
  });
}

function usesOfVariable(name: SyntaxNode | undefined, file: JavaScriptFile): Use[] {
  const binding = name?.kind === 'identifier' ? file.flow.scopes.resolve(name) : undefined;
  if (binding === undefined) return [];
  const references = file.flow
    .references(binding.name)
    .filter((reference) => file.flow.scopes.resolve(reference) === binding);
  return references.flatMap((reference) => useAt(reference) ?? []);
}

function usesOfProperty(property: string, file: JavaScriptFile): Use[] {
  const members = file.flow
    .references(property)
    .flatMap((reference) => (reference.parent?.kind === 'member_expression' ? [reference.parent] : []));
  return members.flatMap((member) => useAt(member) ?? []);
}

/** `re.test(text)` or `text.replace(re, …)`, when the reference stands in one. */
function useAt(reference: SyntaxNode): Use | undefined {
  const parent = reference.parent;
  if (parent?.kind === 'member_expression' && parent.field('object') === reference) {
    const call = parent.parent;
    const calls = call?.kind === 'call_expression' && call.field('function') === parent;
    if (!calls || !REGEX_METHODS.test(propertyName(parent) ?? '')) return undefined;
    return { node: call, input: argumentsOf(call)[0] };
  }
  const call = parent?.kind === 'arguments' ? parent.parent : undefined;
  const callee = call?.field('function');
  if (callee?.kind !== 'member_expression' || argumentsOf(call ?? callee)[0] !== reference) return undefined;
  return STRING_METHODS.test(propertyName(callee) ?? '')
    ? { node: reference, input: callee.field('object') }
    : undefined;
}
