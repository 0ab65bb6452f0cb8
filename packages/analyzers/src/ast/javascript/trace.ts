import type { Origin } from '@continuum/contract/finding';
import { mergeTraces, NO_TRACE, sanitized, type Trace, traceOf } from '../flow.ts';
import type { SyntaxNode } from '../syntax.ts';
import type { Functions } from './functions.ts';
import { argumentsOf, isFunction, propertyName, stringValue } from './kinds.ts';
import type { Names } from './names.ts';
import { isRequestParameter, REQUEST_PROPERTIES } from './request.ts';
import { sanitizersOfCall } from './sanitizers.ts';
import type { Binding, Scopes } from './scope.ts';
import { globalMember, moduleTrace, operandsOf, PROPAGATES, returnedValues, SELECTS, without } from './sources.ts';

const LITERALS = /^(string|number|regex|true|false|null|undefined|template_literal_type)$/;
const OPTIONS = /^_?(options?|opts?|config(uration)?|settings?|cfg|conf|defaults)$/i;
const FILE_READS =
  /^fs(\.promises|\/promises)?\.(readFile|readFileSync|createReadStream|readdir|readdirSync|readlink)$/;
const ITERATION =
  /^(forEach|map|filter|reduce|reduceRight|some|every|find|findIndex|flatMap|each|forIn|forOwn|mapValues)$/;
const MAX_SITES = 8;
/** Expressions nested deeper than this are generated, and the call stack is finite. */
const MAX_DEPTH = 250;

/** Follows values back to where they come from, inside one file and without regard to order of execution. */
export class Tracer {
  readonly #known = new Map<SyntaxNode, Trace>();
  #depth = 0;
  readonly #scopes: Scopes;
  readonly #names: Names;
  readonly #functions: Functions;

  constructor(scopes: Scopes, names: Names, functions: Functions) {
    this.#scopes = scopes;
    this.#names = names;
    this.#functions = functions;
  }

  trace(node: SyntaxNode): Trace {
    return this.#once(node, () => this.#expression(node));
  }

  /** Each node and declaration is followed once; a value that depends on itself adds nothing on the second visit. */
  #once(node: SyntaxNode, make: () => Trace): Trace {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    this.#known.set(node, NO_TRACE);
    this.#depth += 1;
    const trace = this.#depth > MAX_DEPTH ? traceOf('unknown') : make();
    this.#depth -= 1;
    this.#known.set(node, trace);
    return trace;
  }

  #all(nodes: readonly SyntaxNode[]): Trace {
    return mergeTraces(nodes.map((node) => this.trace(node)));
  }

  #expression(node: SyntaxNode): Trace {
    if (LITERALS.test(node.kind)) return traceOf('literal');
    if (isFunction(node) || node.kind === 'class') return traceOf('constant');
    switch (node.kind) {
      case 'identifier':
      case 'shorthand_property_identifier':
        return this.#identifier(node);
      case 'member_expression':
      case 'subscript_expression':
        return this.#member(node);
      case 'call_expression':
        return this.#call(node);
      case 'new_expression':
        return this.#all(argumentsOf(node));
      case 'template_string':
        return this.#template(node);
      case 'binary_expression':
        return this.#binary(node);
      case 'unary_expression':
        return this.#unary(node);
      case 'ternary_expression':
        return this.#all(node.parts.slice(1));
      case 'assignment_expression':
      case 'augmented_assignment_expression':
      case 'pair':
      case 'sequence_expression':
        return this.#all(node.parts.slice(-1));
      case 'this':
        return traceOf('property');
      default:
        return node.parts.length === 0 ? traceOf('literal') : this.#all(node.parts);
    }
  }

  #template(node: SyntaxNode): Trace {
    const parts = node.parts.filter((part) => part.kind === 'template_substitution');
    return parts.length === 0 ? traceOf('literal') : this.#all(parts);
  }

  #binary(node: SyntaxNode): Trace {
    const operator = node.field('operator')?.text ?? '';
    if (operator === '+') return this.#all(operandsOf(node));
    if (/^(\|\||&&|\?\?)$/.test(operator)) return this.#all(node.parts);
    if (/^([-*/%|&^]|>>>?|<<|\*\*)$/.test(operator)) return sanitized(this.#all(node.parts), 'integer');
    return traceOf('literal');
  }

  #unary(node: SyntaxNode): Trace {
    const operator = node.children[0]?.text;
    if (operator === '+' || operator === '-' || operator === '~') return sanitized(this.#all(node.parts), 'integer');
    return traceOf('literal');
  }

  #identifier(node: SyntaxNode): Trace {
    if (node.text === '__dirname' || node.text === '__filename') return traceOf('own-directory');
    if (node.text === 'undefined' || node.text === 'NaN' || node.text === 'Infinity') return traceOf('literal');
    const binding = this.#scopes.resolve(node);
    return binding === undefined ? this.#global(node.text) : this.#binding(binding);
  }

  #global(name: string): Trace {
    if (name === 'arguments') return traceOf('parameter');
    if (name === 'location') return traceOf('request');
    return traceOf('unknown');
  }

  #binding(binding: Binding): Trace {
    switch (binding.kind) {
      case 'parameter':
        return this.#once(binding.node, () => this.#parameter(binding));
      case 'loop':
        return this.#once(binding.node, () => this.#loop(binding));
      case 'variable':
        return this.#once(binding.node, () => this.#variable(binding));
      case 'import':
        return moduleTrace(stringValue(binding.owner) ?? '');
      case 'catch':
        return traceOf('call-result');
      default:
        return traceOf('constant');
    }
  }

  #variable(binding: Binding): Trace {
    if (binding.values.length === 0) return traceOf('unknown');
    const traced = this.#all(binding.values);
    const onlyLiterals = [...traced.origins].every((origin) => origin === 'literal');
    return onlyLiterals && binding.path.length === 0 ? { ...traced, origins: new Set<Origin>(['constant']) } : traced;
  }

  #loop(binding: Binding): Trace {
    if (binding.owner?.kind !== 'for_in_statement') return traceOf('loop-variable');
    return mergeTraces([traceOf('loop-variable'), this.#all(binding.values)]);
  }

  #parameter(binding: Binding): Trace {
    const fn = binding.owner;
    if (fn === undefined) return traceOf('parameter');
    if (isRequestParameter(binding, this.#names)) return traceOf('request');
    const callback = this.#callbackParameter(binding, fn);
    if (callback !== undefined) return callback;
    const own = OPTIONS.test(binding.name) ? traceOf('parameter', 'configuration') : traceOf('parameter');
    const sites = this.#functions.sitesOf(fn).slice(0, MAX_SITES);
    const given = sites.flatMap((site) => argumentsOf(site)[binding.index] ?? []);
    return given.length === 0 ? own : mergeTraces([own, this.#all(given)]);
  }

  /** What a library hands to a callback: elements of a collection, contents of a file, results. */
  #callbackParameter(binding: Binding, fn: SyntaxNode): Trace | undefined {
    const call = fn.parent?.kind === 'arguments' ? fn.parent.parent : undefined;
    const callee = call?.field('function');
    if (call === undefined || callee === undefined || binding.index > 3) return undefined;
    const name = this.#names.of(callee);
    if (FILE_READS.test(name)) return traceOf(binding.index === 1 ? 'file-content' : 'call-result');
    const method = name.split('.').at(-1) ?? name;
    if (ITERATION.test(method)) return mergeTraces([traceOf('loop-variable'), this.#collection(call, callee, fn)]);
    if (/^(then|catch|finally|tap)$/.test(method)) return mergeTraces([traceOf('call-result'), this.#receiver(callee)]);
    if (/^(on|once|addEventListener)$/.test(method)) return traceOf('parameter');
    return undefined;
  }

  /** `items.forEach(fn)` iterates the receiver, `each(items, fn)` its first argument. */
  #collection(call: SyntaxNode, callee: SyntaxNode, fn: SyntaxNode): Trace {
    const [first] = argumentsOf(call);
    return first === undefined || first === fn ? this.#receiver(callee) : this.trace(first);
  }

  #receiver(callee: SyntaxNode): Trace {
    const object = callee.field('object');
    return object === undefined || this.#isModule(object) ? NO_TRACE : this.trace(object);
  }

  /** A module is where a function comes from, not a value that flows. */
  #isModule(object: SyntaxNode): boolean {
    const binding = object.kind === 'identifier' ? this.#scopes.resolve(object) : undefined;
    return (
      binding?.kind === 'import' || (binding?.values.some((value) => /^(\w+\()?require\(/.test(value.text)) ?? false)
    );
  }

  #member(node: SyntaxNode): Trace {
    const name = this.#names.of(node);
    const global = globalMember(name);
    if (global !== undefined) return global;
    const object = node.field('object');
    if (object === undefined) return traceOf('property');
    const property = propertyName(node) ?? '';
    if (/^(this|self|that|_this)$/.test(object.text)) return this.#own(property);
    const traced = this.trace(object);
    if (property === 'length' || property === 'size') return sanitized(traced, 'integer');
    if (REQUEST_PROPERTIES.test(property) && /(^|\.)(req|request|ctx)$/.test(object.text)) return traceOf('request');
    if (traced.origins.size === 0) return NO_TRACE;
    const silent = [...traced.origins].every((origin) => origin === 'unknown' || origin === 'constant');
    return silent ? traceOf(OPTIONS.test(object.text) ? 'configuration' : 'property') : traced;
  }

  #own(property: string): Trace {
    const values = this.#functions.propertyValues(property).slice(0, MAX_SITES);
    const own = OPTIONS.test(property) ? traceOf('property', 'configuration') : traceOf('property');
    return mergeTraces([own, this.#all(values)]);
  }

  #call(node: SyntaxNode): Trace {
    const callee = node.field('function');
    if (callee === undefined) return traceOf('call-result');
    const name = this.#names.of(callee);
    if (name === 'process.cwd') return traceOf('own-directory');
    if (callee.text === 'require') return moduleTrace(stringValue(argumentsOf(node)[0]) ?? '');
    if (FILE_READS.test(name)) return traceOf('file-content');
    if (/^(Date\.now|Math\.random|process\.hrtime|crypto\.random\w+|uuid\.v4)$/.test(name))
      return traceOf('call-result');
    const local = this.#functions.called(callee);
    const traced = local.length > 0 ? this.#returns(local) : this.#library(node, callee, name);
    return sanitized(traced, ...sanitizersOfCall(name, node));
  }

  /** An unknown function may give back anything it was given. */
  #library(node: SyntaxNode, callee: SyntaxNode, name: string): Trace {
    const given = argumentsOf(node).filter((argument) => !isFunction(argument));
    const through = PROPAGATES.test(name) ? NO_TRACE : traceOf('call-result');
    const parts = SELECTS.test(name) && !/^(Object|Array)\./.test(name) ? [] : [through, this.#all(given)];
    if (callee.kind === 'member_expression') parts.push(this.#receiver(callee));
    const merged = mergeTraces(parts);
    return PROPAGATES.test(name) && merged.origins.size > 1 ? without(merged, 'unknown') : merged;
  }

  #returns(functions: readonly SyntaxNode[]): Trace {
    const values = functions.slice(0, MAX_SITES).flatMap((fn) => returnedValues(fn));
    return values.length === 0 ? traceOf('call-result') : this.#all(values);
  }
}
