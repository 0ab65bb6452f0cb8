import type { Category, Severity } from '@continuum/contract/finding';

export interface RuleInfo {
  readonly category: Category;
  readonly severity: Severity;
  /** How often a claim of this rule is right, as far as experience goes, in [0, 1]. */
  readonly confidence: number;
  readonly title: string;
  readonly cwe?: string;
}

const security = (severity: Severity, confidence: number, cwe: string, title: string): RuleInfo => ({
  category: 'security',
  severity,
  confidence,
  title,
  cwe,
});
const correctness = (severity: Severity, confidence: number, title: string): RuleInfo => ({
  category: 'correctness',
  severity,
  confidence,
  title,
});

/** Every ESLint rule that runs, with what a claim of it is worth. The noisy ones stay in, with little confidence. */
export const ESLINT_RULES: Readonly<Record<string, RuleInfo>> = {
  'security/detect-unsafe-regex': security('medium', 0.35, 'CWE-1333', 'Regular expression may be exponential'),
  'security/detect-non-literal-regexp': security('low', 0.2, 'CWE-1333', 'Regular expression from a variable'),
  'security/detect-non-literal-require': security('medium', 0.2, 'CWE-829', 'Module name from a variable'),
  'security/detect-non-literal-fs-filename': security('medium', 0.2, 'CWE-22', 'File name from a variable'),
  'security/detect-eval-with-expression': security('high', 0.6, 'CWE-95', 'eval of an expression'),
  'security/detect-pseudoRandomBytes': security('medium', 0.5, 'CWE-338', 'Predictable random bytes'),
  'security/detect-possible-timing-attacks': security('low', 0.2, 'CWE-208', 'Comparison may leak through timing'),
  'security/detect-no-csrf-before-method-override': security('medium', 0.6, 'CWE-352', 'CSRF check can be bypassed'),
  'security/detect-buffer-noassert': security('medium', 0.5, 'CWE-125', 'Buffer access without bounds check'),
  'security/detect-child-process': security('high', 0.4, 'CWE-78', 'Command from a variable'),
  'security/detect-disable-mustache-escape': security('high', 0.6, 'CWE-79', 'Escaping is turned off'),
  'security/detect-object-injection': security('low', 0.08, 'CWE-1321', 'Property name from a variable'),
  'security/detect-new-buffer': security('low', 0.4, 'CWE-665', 'Buffer may hold old memory'),
  'security/detect-bidi-characters': security('high', 0.8, 'CWE-1007', 'Text direction characters hide code'),
  'security/detect-invisible-characters': security('medium', 0.4, 'CWE-1007', 'Invisible characters in code'),
  'no-unsanitized/method': security('high', 0.5, 'CWE-79', 'HTML from a variable'),
  'no-unsanitized/property': security('high', 0.5, 'CWE-79', 'HTML from a variable'),
  'regexp/no-super-linear-backtracking': security('medium', 0.5, 'CWE-1333', 'Regular expression backtracks too much'),
  'regexp/no-super-linear-move': security('low', 0.3, 'CWE-1333', 'Regular expression rescans its input'),
  'no-eval': security('high', 0.6, 'CWE-95', 'eval'),
  'no-implied-eval': security('high', 0.6, 'CWE-95', 'Code as text'),
  'no-new-func': security('high', 0.5, 'CWE-95', 'Function from text'),
  'no-script-url': security('medium', 0.4, 'CWE-79', 'javascript: address'),
  'no-proto': security('low', 0.3, 'CWE-1321', 'Access to __proto__'),
  'no-cond-assign': correctness('medium', 0.6, 'Assignment in a condition'),
  'no-dupe-keys': correctness('medium', 0.9, 'Key appears twice'),
  'no-dupe-args': correctness('medium', 0.9, 'Parameter appears twice'),
  'no-dupe-else-if': correctness('medium', 0.9, 'Condition appears twice'),
  'no-dupe-class-members': correctness('medium', 0.9, 'Member appears twice'),
  'no-duplicate-case': correctness('medium', 0.9, 'Case appears twice'),
  'use-isnan': correctness('medium', 0.95, 'Comparison with NaN is never true'),
  'valid-typeof': correctness('medium', 0.95, 'typeof never has this value'),
  'no-unsafe-finally': correctness('medium', 0.85, 'finally swallows the outcome'),
  'no-unsafe-negation': correctness('medium', 0.9, 'Negation binds to the left side only'),
  'no-unsafe-optional-chaining': correctness('medium', 0.8, 'Optional value is used as if present'),
  'no-self-assign': correctness('low', 0.8, 'Assignment to itself'),
  'no-self-compare': correctness('low', 0.7, 'Comparison with itself'),
  'no-compare-neg-zero': correctness('low', 0.9, 'Comparison with -0'),
  'no-const-assign': correctness('high', 0.95, 'Assignment to a constant'),
  'no-func-assign': correctness('medium', 0.7, 'A function is overwritten'),
  'no-unreachable': correctness('low', 0.8, 'Code is never reached'),
  'no-sparse-arrays': correctness('low', 0.7, 'Array has a hole'),
  'no-async-promise-executor': correctness('medium', 0.8, 'Errors of this executor are lost'),
  'no-invalid-regexp': correctness('medium', 0.9, 'Regular expression is invalid'),
  'no-loss-of-precision': correctness('medium', 0.9, 'Number loses precision'),
  'for-direction': correctness('high', 0.95, 'Loop never ends'),
};
