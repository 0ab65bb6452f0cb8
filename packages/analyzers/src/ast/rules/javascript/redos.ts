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
    const uses = usesOf(node, file).slice(0, MAX_USES);
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

/** The places where text is matched against a regular expression. */
function usesOf(regex: SyntaxNode, file: JavaScriptFile): Use[] {
  const direct = useAt(regex);
  if (direct !== undefined) return [direct];
  const holder = regex.parent;
  if (holder?.kind === 'variable_declarator') return usesOfVariable(holder.field('name'), file);
  if (holder?.kind === 'assignment_expression') {
    const left = holder.field('left');
    if (left?.kind === 'identifier') return usesOfVariable(left, file);
    const property = left === undefined ? undefined : propertyName(left);
    return property === undefined ? [] : usesOfProperty(property, file);
  }
  if (holder?.kind === 'pair') return usesOfProperty(holder.field('key')?.text ?? '', file);
  return [];
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
