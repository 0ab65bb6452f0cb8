import { argumentsOf, isFunction } from '../../javascript/kinds.ts';
import { isDynamic, isSanitized, type JavaScriptRule, quoted } from '../../rule.ts';
import type { JavaScriptFile } from '../../source-file.ts';
import type { SyntaxNode } from '../../syntax.ts';

const VM =
  /^(vm2?|node:vm)\.(runIn(New|This)?Context|compileFunction|Script|SourceTextModule)$|^vm2\.(VM|NodeVM)\.run$|\.runIn(New|This)Context$/;
const FUNCTION = /^((window|global|globalThis|self)\.)?(Function|AsyncFunction|GeneratorFunction)$/;
const EVAL = /^((window|global|globalThis|self|root)\.)?(eval|execScript)$|^(safe-eval|static-eval|notevil|eval)$/;
const TIMER = /^((window|global|globalThis|self)\.)?(setTimeout|setInterval|setImmediate)$/;

/** Text is compiled and run as code, and the text is not a constant. */
export const codeInjection: JavaScriptRule = {
  meta: {
    id: 'ast/js-code-injection',
    category: 'security',
    severity: 'critical',
    confidence: 0.7,
    cwe: 'CWE-94',
    title: 'Text from outside is run as code',
    references: ['https://cwe.mitre.org/data/definitions/94.html'],
  },
  kinds: ['call_expression', 'new_expression'],
  match(call, file) {
    const callee = call.field('function') ?? call.field('constructor');
    if (callee === undefined) return undefined;
    const code = codeOf(call, file.flow.nameOf(callee), file);
    if (code.length === 0) return undefined;
    const dynamic = code.filter(
      (part) => isDynamic(file.flow.trace(part)) && !isSanitized(file.flow.trace(part), 'integer'),
    );
    const [first] = dynamic;
    if (first === undefined) return undefined;
    const encoded = dynamic.every((part) => isSanitized(file.flow.trace(part), 'json-encode'));
    return {
      node: call,
      values: dynamic,
      message: `${quoted(first)} is compiled and run with the rights of this process. Parse the text as data (\`JSON.parse\`, a lookup table of functions, an expression parser) in place of running it.`,
      ...(encoded ? { confidence: 0.35 } : {}),
    };
  },
};

function codeOf(call: SyntaxNode, name: string, file: JavaScriptFile): SyntaxNode[] {
  const given = argumentsOf(call);
  if (FUNCTION.test(name)) return given;
  if (EVAL.test(name) || VM.test(name)) return given.slice(0, 1);
  const [first] = given;
  if (!TIMER.test(name) || first === undefined || isFunction(first)) return [];
  const text = first.kind === 'template_string' || (first.kind === 'binary_expression' && /['"`]/.test(first.text));
  return text && isDynamic(file.flow.trace(first)) ? [first] : [];
}
