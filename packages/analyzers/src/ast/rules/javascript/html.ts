import { argumentsOf, propertyName } from '../../javascript/kinds.ts';
import { isDynamic, isExposed, isSanitized, type JavaScriptRule, type Match, quoted } from '../../rule.ts';
import type { JavaScriptFile } from '../../source-file.ts';
import type { SyntaxNode } from '../../syntax.ts';

const PROPERTIES = /^(innerHTML|outerHTML|srcdoc)$/;
const CALLS = /(^|\.)(document\.(write|writeln)|insertAdjacentHTML|createContextualFragment|setHTMLUnsafe)$/;
const RESPONSES = /^(res|resp|response|reply)\.(send|write|end)$/;

/** Text becomes HTML without being escaped. */
export const unsafeHtml: JavaScriptRule = {
  meta: {
    id: 'ast/js-unsafe-html',
    category: 'security',
    severity: 'high',
    confidence: 0.55,
    cwe: 'CWE-79',
    title: 'Value becomes HTML without being escaped',
    references: ['https://cwe.mitre.org/data/definitions/79.html'],
  },
  kinds: ['assignment_expression', 'augmented_assignment_expression', 'call_expression', 'jsx_attribute'],
  match(node, file) {
    const html = htmlOf(node, file);
    if (html === undefined) return undefined;
    return toMatch(node, html, file);
  },
};

function toMatch(node: SyntaxNode, html: SyntaxNode, file: JavaScriptFile): Match | undefined {
  const trace = file.flow.trace(html);
  if (!isDynamic(trace) || isSanitized(trace, 'escape-html', 'encode-uri', 'integer')) return undefined;
  return {
    node,
    values: [html],
    message: `${quoted(html)} is parsed as HTML, so markup and scripts in it run. Set \`textContent\`, or escape the value (or clean it with DOMPurify) first.`,
    confidence: isExposed(trace) ? 0.6 : 0.35,
  };
}

function htmlOf(node: SyntaxNode, file: JavaScriptFile): SyntaxNode | undefined {
  if (node.kind === 'jsx_attribute') return dangerous(node);
  if (node.kind !== 'call_expression') {
    const left = node.field('left');
    return left?.kind === 'member_expression' && PROPERTIES.test(propertyName(left) ?? '')
      ? node.field('right')
      : undefined;
  }
  const callee = node.field('function');
  const name = callee === undefined ? '' : file.flow.nameOf(callee);
  if (CALLS.test(name)) return argumentsOf(node).at(-1);
  return RESPONSES.test(name) ? requestInMarkup(argumentsOf(node)[0], file) : undefined;
}

/** A response text with tags around a value of the request. */
function requestInMarkup(body: SyntaxNode | undefined, file: JavaScriptFile): SyntaxNode | undefined {
  if (body === undefined || !/^(template_string|binary_expression)$/.test(body.kind) || !/<\w+/.test(body.text))
    return undefined;
  return file.flow.trace(body).origins.has('request') ? body : undefined;
}

function dangerous(attribute: SyntaxNode): SyntaxNode | undefined {
  if (attribute.parts[0]?.text !== 'dangerouslySetInnerHTML') return undefined;
  const pairs = attribute.walk().filter((part) => part.kind === 'pair' && part.field('key')?.text === '__html');
  return pairs[0]?.field('value');
}
