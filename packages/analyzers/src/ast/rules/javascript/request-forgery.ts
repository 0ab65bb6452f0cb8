import { argumentsOf, stringValue } from '../../javascript/kinds.ts';
import { isSanitized, type JavaScriptRule, quoted } from '../../rule.ts';
import type { SyntaxNode } from '../../syntax.ts';

const REDIRECT =
  /^(res|resp|response|reply|ctx|this)\.(redirect|location)$|^(window\.|document\.|self\.|top\.)?location\.(assign|replace)$|^window\.open$/;
const FETCH =
  /^(fetch|axios(\.(get|post|put|patch|delete|head|request))?|got(\.\w+)?|request(\.\w+)?|needle(\.\w+)?|superagent\.\w+|undici\.(fetch|request)|node-fetch|https?\.(get|request)|ky(\.\w+)?)$/;

/** The target of a redirect is read from the request. */
export const openRedirect: JavaScriptRule = {
  meta: {
    id: 'ast/js-open-redirect',
    category: 'security',
    severity: 'medium',
    confidence: 0.6,
    cwe: 'CWE-601',
    title: 'Redirect to an address from the request',
    references: ['https://cwe.mitre.org/data/definitions/601.html'],
  },
  kinds: ['call_expression'],
  match(call, file) {
    const callee = call.field('function');
    if (callee === undefined || !REDIRECT.test(file.flow.nameOf(callee))) return undefined;
    const target = argumentsOf(call).filter((argument) => argument.kind !== 'number')[0];
    if (target === undefined || startsFixed(target)) return undefined;
    const trace = file.flow.trace(target);
    if (!trace.origins.has('request') || isSanitized(trace, 'encode-uri')) return undefined;
    return {
      node: call,
      values: [target],
      message: `${quoted(target)} decides where the visitor is sent, so a link to this site can lead anywhere. Accept only known targets or relative paths that do not start with \`//\`.`,
    };
  },
};

/** The server fetches an address that the request names. */
export const requestForgery: JavaScriptRule = {
  meta: {
    id: 'ast/js-request-forgery',
    category: 'security',
    severity: 'high',
    confidence: 0.6,
    cwe: 'CWE-918',
    title: 'Request to an address from outside',
    references: ['https://cwe.mitre.org/data/definitions/918.html'],
  },
  kinds: ['call_expression'],
  match(call, file) {
    const callee = call.field('function');
    if (callee === undefined || !FETCH.test(file.flow.nameOf(callee))) return undefined;
    const [target] = argumentsOf(call);
    if (target === undefined || startsFixed(target)) return undefined;
    const trace = file.flow.trace(target);
    if (!trace.origins.has('request')) return undefined;
    return {
      node: call,
      values: [target],
      message: `${quoted(target)} comes from a request and decides what this server fetches, internal addresses included. Check the host against a list of allowed ones after parsing the URL.`,
    };
  },
};

/** The text starts with a fixed host or path, only the rest varies. */
function startsFixed(target: SyntaxNode): boolean {
  if (target.kind === 'template_string') return !target.text.startsWith('`${');
  if (target.kind !== 'binary_expression') return false;
  const left = target.field('left');
  if (left === undefined) return false;
  return left.kind === 'binary_expression' ? startsFixed(left) : (stringValue(left) ?? '').length > 0;
}
