import { argumentsOf, isFunction, unwrap } from '../../javascript/kinds.ts';
import { type JavaScriptRule, quoted, replaceNode } from '../../rule.ts';

/** `x == NaN` is never true. */
export const nanComparison: JavaScriptRule = {
  meta: {
    id: 'ast/js-nan-comparison',
    category: 'correctness',
    severity: 'medium',
    confidence: 0.95,
    cwe: 'CWE-570',
    title: 'Comparison with NaN is never true',
    references: ['https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/NaN'],
  },
  kinds: ['binary_expression'],
  match(node, file) {
    const operator = node.field('operator')?.text ?? '';
    const [left, right] = node.parts;
    if (!/^[=!]==?$/.test(operator) || left === undefined || right === undefined) return undefined;
    const other = isNaNName(right.text) ? left : isNaNName(left.text) ? right : undefined;
    if (other === undefined) return undefined;
    const fixed = `${operator.startsWith('!') ? '!' : ''}Number.isNaN(${other.text})`;
    return {
      node,
      values: [other],
      message: `NaN equals nothing, itself included, so this is always ${operator.startsWith('!')}. Ask \`Number.isNaN(…)\`.`,
      suggestion: replaceNode(node, fixed, file.content),
    };
  },
};

/** `if (a = b)` assigns where a comparison was meant. */
export const assignmentInCondition: JavaScriptRule = {
  meta: {
    id: 'ast/js-assignment-in-condition',
    category: 'correctness',
    severity: 'medium',
    confidence: 0.6,
    cwe: 'CWE-481',
    title: 'Assignment where a comparison is expected',
    references: ['https://cwe.mitre.org/data/definitions/481.html'],
  },
  kinds: ['if_statement'],
  match(node) {
    const condition = node.field('condition');
    const inner = condition?.parts[0];
    const right = inner?.kind === 'assignment_expression' ? inner.field('right') : undefined;
    if (inner === undefined || right === undefined) return undefined;
    const literal = /^(string|number|true|false|null|undefined|object|array)$/.test(right.kind);
    return {
      node: inner,
      message: `${quoted(inner)} stores a value and is always as true as that value. Write \`===\`, or put the assignment on a line before.`,
      confidence: literal ? 0.9 : 0.45,
    };
  },
};

/** `forEach(async …)` does not wait for anything. */
export const asyncForEach: JavaScriptRule = {
  meta: {
    id: 'ast/js-async-foreach',
    category: 'correctness',
    severity: 'medium',
    confidence: 0.75,
    title: 'forEach does not wait for async callbacks',
    references: ['https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/Array/forEach'],
  },
  kinds: ['call_expression'],
  match(call) {
    const callee = call.field('function');
    const [callback] = argumentsOf(call);
    if (callee?.field('property')?.text !== 'forEach' || callback === undefined || !isFunction(callback))
      return undefined;
    if (callback.children[0]?.text !== 'async' || !/\bawait\b/.test(callback.text)) return undefined;
    return {
      node: call,
      message:
        'The promises of the callback are dropped: code after the loop runs first and errors are lost. Use `for (const … of …)` with `await`, or `await Promise.all(items.map(…))`.',
    };
  },
};

/** Decimal fractions compared for equality. */
export const floatEquality: JavaScriptRule = {
  meta: {
    id: 'ast/js-float-equality',
    category: 'correctness',
    severity: 'low',
    confidence: 0.6,
    title: 'Decimal fractions compared exactly',
    references: ['https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/Number/EPSILON'],
  },
  kinds: ['binary_expression'],
  match(node) {
    if (!/^[=!]==?$/.test(node.field('operator')?.text ?? '')) return undefined;
    const sides = node.parts.map(unwrap);
    const fraction = sides.some(
      (side) => side.kind === 'number' && /^\d*\.0*[1-9]\d*$/.test(side.text) && !/\.(5|25|75|125)0*$/.test(side.text),
    );
    const computed = sides.some(
      (side) => side.kind === 'binary_expression' && /[-+*/]/.test(side.field('operator')?.text ?? ''),
    );
    if (!fraction || !computed) return undefined;
    return {
      node,
      message:
        'Binary fractions cannot hold most decimal ones, so sums miss by a little. Compare `Math.abs(a - b) < Number.EPSILON`, or count in whole units.',
    };
  },
};

function isNaNName(text: string): boolean {
  return text === 'NaN' || text === 'Number.NaN';
}
