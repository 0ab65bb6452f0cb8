import type { Origin } from '@continuum/contract/finding';
import { mergeTraces, NO_TRACE, sanitized, type Trace, traceOf } from '../flow.ts';
import type { SyntaxNode } from '../syntax.ts';
import { positional } from './kinds.ts';
import type { PythonBinding, PythonScopes } from './scope.ts';

const LITERALS = /^(string|integer|float|true|false|none|ellipsis|comparison_operator|not_operator)$/;
const OPTIONS = /^(options?|opts?|config(uration)?|settings?|cfg|conf)$/i;
const REQUEST =
  /^(flask\.request|bottle\.request|request|self\.request|req)\.(args|form|values|json|data|files|cookies|headers|GET|POST|FILES|body|query_params|path|url|query|params|get_json|match_info|rel_url)\b|^input$|^raw_input$/;
const SANITIZERS: readonly (readonly [RegExp, string])[] = [
  [/^(html|cgi|markupsafe|xml\.sax\.saxutils)\.escape$|(^|\.)escape$|^bleach\.clean$/, 'escape-html'],
  [/^(shlex|pipes)\.quote$/, 'shell-quote'],
  [/^(int|float|bool|len|ord)$/, 'integer'],
  [/(^|\.)basename$/, 'path-basename'],
  [/(^|\.)(secure_filename|safe_join)$/, 'path-sanitize'],
  [/^os\.path\.(normpath|realpath|abspath)$|\.resolve$/, 'path-normalize'],
  [/^urllib\.parse\.(quote|quote_plus|urlencode)$/, 'encode-uri'],
  [/^re\.escape$/, 'regex-escape'],
  [/\.hexdigest$|^hashlib\./, 'hash'],
];
const PROPAGATES =
  /^(str|os\.path\.\w+|os\.fspath|pathlib\.\w*Path|urllib\.parse\.\w+|.*\.(format|join|strip|lstrip|rstrip|lower|upper|split|replace|encode|decode|get|items|keys|values|joinpath))$/;

const MAX_DEPTH = 250;

/** Follows Python values back inside one file. */
export class PythonTracer {
  readonly #known = new Map<SyntaxNode | PythonBinding, Trace>();
  #depth = 0;
  readonly #scopes: PythonScopes;
  readonly #nameOf: (node: SyntaxNode) => string;

  constructor(scopes: PythonScopes, nameOf: (node: SyntaxNode) => string) {
    this.#scopes = scopes;
    this.#nameOf = nameOf;
  }

  trace(node: SyntaxNode): Trace {
    return this.#once(node, () => this.#expression(node));
  }

  #once(key: SyntaxNode | PythonBinding, make: () => Trace): Trace {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, NO_TRACE);
    this.#depth += 1;
    const trace = this.#depth > MAX_DEPTH ? traceOf('unknown') : make();
    this.#depth -= 1;
    this.#known.set(key, trace);
    return trace;
  }

  #all(nodes: readonly SyntaxNode[]): Trace {
    return mergeTraces(nodes.map((node) => this.trace(node)));
  }

  #expression(node: SyntaxNode): Trace {
    if (node.kind === 'string') {
      const inserted = node.parts
        .filter((part) => part.kind === 'interpolation')
        .flatMap((part) => part.parts.slice(0, 1));
      return inserted.length === 0 ? traceOf('literal') : this.#all(inserted);
    }
    if (LITERALS.test(node.kind)) return traceOf('literal');
    switch (node.kind) {
      case 'identifier':
        return this.#identifier(node);
      case 'attribute':
        return this.#attribute(node);
      case 'call':
        return this.#call(node);
      case 'subscript':
        return this.#attribute(node);
      case 'lambda':
        return traceOf('constant');
      case 'keyword_argument':
      case 'named_expression':
        return this.#all(node.parts.slice(-1));
      default:
        return node.parts.length === 0 ? traceOf('literal') : this.#all(node.parts);
    }
  }

  #identifier(node: SyntaxNode): Trace {
    if (node.text === '__file__') return traceOf('own-directory');
    const binding = this.#scopes.resolve(node);
    return binding === undefined ? traceOf('unknown') : this.#once(binding, () => this.#binding(binding));
  }

  #binding(binding: PythonBinding): Trace {
    switch (binding.kind) {
      case 'parameter':
        return parameterTrace(binding);
      case 'loop':
        return mergeTraces([traceOf('loop-variable'), this.#all(binding.values)]);
      case 'variable': {
        const traced = this.#all(binding.values);
        const literal = [...traced.origins].every((origin) => origin === 'literal');
        return literal ? { ...traced, origins: new Set<Origin>(['constant']) } : traced;
      }
      default:
        return traceOf('constant');
    }
  }

  #attribute(node: SyntaxNode): Trace {
    const name = this.#nameOf(node);
    if (REQUEST.test(name)) return traceOf('request');
    if (/^(os\.environ|sys\.argv)\b/.test(name)) return traceOf('environment');
    if (/^(django\.conf\.settings|settings|config)\./.test(name)) return traceOf('configuration');
    const object = node.field('object') ?? node.field('value');
    const traced = object === undefined ? NO_TRACE : this.trace(object);
    const silent = [...traced.origins].every((origin) => origin === 'unknown' || origin === 'constant');
    return silent ? traceOf('property') : traced;
  }

  #call(node: SyntaxNode): Trace {
    const callee = node.field('function');
    const name = callee === undefined ? '' : this.#nameOf(callee);
    if (REQUEST.test(name)) return traceOf('request');
    if (/^os\.(getenv|environ\.get)$/.test(name)) return traceOf('environment');
    if (/^os\.getcwd$/.test(name)) return traceOf('own-directory');
    if (/^(open|json\.loads?|yaml\.\w*load)$|\.(read|readlines|readline|read_text)$/.test(name))
      return traceOf('file-content');
    const given = positional(node);
    const receiver = callee?.kind === 'attribute' ? [callee.field('object') ?? callee] : [];
    const through =
      PROPAGATES.test(name) || SANITIZERS.some(([pattern]) => pattern.test(name)) ? NO_TRACE : traceOf('call-result');
    const keywords = /\.format$/.test(name)
      ? (node.field('arguments')?.parts ?? []).filter((part) => part.kind === 'keyword_argument')
      : [];
    const known = receiver.filter((part) => !this.#isModule(part));
    const traced = mergeTraces([through, this.#all([...given, ...keywords, ...known])]);
    return sanitized(traced, ...SANITIZERS.filter(([pattern]) => pattern.test(name)).map(([, sanitizer]) => sanitizer));
  }

  #isModule(node: SyntaxNode): boolean {
    const root = node.walk().find((part) => part.kind === 'identifier');
    return root !== undefined && this.#scopes.resolve(root)?.kind === 'import';
  }
}

function parameterTrace({ name, owner, index }: PythonBinding): Trace {
  if (name === 'self' || name === 'cls') return traceOf('property');
  if (/^(request|req)$/.test(name) && index <= 1) return traceOf('request');
  if (isRoute(owner)) return traceOf('request');
  return OPTIONS.test(name) ? traceOf('parameter', 'configuration') : traceOf('parameter');
}

/** Parts of the address arrive as parameters of a routed function. */
function isRoute(fn: SyntaxNode | undefined): boolean {
  const decorated = fn?.parent?.kind === 'decorated_definition' ? fn.parent : undefined;
  return (
    decorated?.parts.some(
      (part) => part.kind === 'decorator' && /\.(route|get|post|put|patch|delete|websocket)\(/.test(part.text),
    ) ?? false
  );
}
