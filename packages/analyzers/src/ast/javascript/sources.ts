import type { Origin } from '@continuum/contract/finding';
import { type Trace, traceOf } from '../flow.ts';
import type { SyntaxNode } from '../syntax.ts';
import { functionAround } from './kinds.ts';

/** The result is a part of the receiver; the arguments only say which. */
export const SELECTS =
  /\.(split|trim|trimEnd|trimStart|slice|substr|substring|toLowerCase|toUpperCase|match|shift|pop|filter|at|charAt|keys|values|entries|reverse|sort|flat|normalize)$/;

/** Calls whose result is made of what they were given. */
export const PROPAGATES =
  /^(path\.\w+|url\.\w+|util\.format|decodeURI(Component)?|encodeURI(Component)?|String|Buffer\.from|JSON\.\w+|Object\.(assign|keys|values|entries|create)|Array\.(from|of)|querystring\.\w+|.*\.(split|trim|trimEnd|trimStart|slice|substr|substring|toLowerCase|toUpperCase|toString|join|concat|replace|replaceAll|match|shift|pop|filter|map|reverse|sort|keys|values|entries|flat|at|padStart|padEnd|repeat|charAt|normalize))$/;

/** The operands of a chain of `+`, without recursion: generated concatenations are thousands long. */
export function operandsOf(sum: SyntaxNode): SyntaxNode[] {
  const operands: SyntaxNode[] = [];
  let node: SyntaxNode | undefined = sum;
  while (node?.kind === 'binary_expression' && node.field('operator')?.text === '+') {
    operands.push(...node.parts.slice(1));
    node = node.parts[0];
  }
  return node === undefined ? operands : [node, ...operands];
}

/** The same trace without one origin. */
export function without(trace: Trace, origin: Origin): Trace {
  return { ...trace, origins: new Set([...trace.origins].filter((each) => each !== origin)) };
}

/** The expressions that a function gives back. */
export function returnedValues(fn: SyntaxNode): SyntaxNode[] {
  const body = fn.field('body');
  if (body === undefined) return [];
  if (body.kind !== 'statement_block') return [body];
  const returns = [...body.walk()].filter((node) => node.kind === 'return_statement' && functionAround(node) === fn);
  return returns.flatMap((statement) => statement.parts.slice(0, 1));
}

/** What well-known members of the runtime and the browser hold; undefined for others. */
export function globalMember(name: string): Trace | undefined {
  if (/^process\.(env|argv|execArgv)\b/.test(name) || /^import\.meta\.env\b/.test(name)) return traceOf('environment');
  if (/^import\.meta\b/.test(name)) return traceOf('own-directory');
  if (/^process\.(platform|arch|version|pid|execPath)\b/.test(name) || /^(os|path)\.(EOL|sep|delimiter)$/.test(name))
    return traceOf('constant');
  if (
    /^(window\.|document\.|self\.)?location\.(hash|search|href|pathname)$|^document\.(URL|referrer|cookie)$/.test(name)
  )
    return traceOf('request');
  return undefined;
}

/** What a required or imported module is: data, settings, or code. */
export function moduleTrace(source: string): Trace {
  if (/\.(json|ya?ml)$/.test(source)) return traceOf('file-content');
  return traceOf(/(^|\/)(config|settings|options|conf)\b/.test(source) ? 'configuration' : 'constant');
}
