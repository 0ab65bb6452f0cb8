import type { ChangedFile, ChangeSet } from '@continuum/contract/change-set';
import * as typescriptParser from '@typescript-eslint/parser';
import { Linter } from 'eslint';
import security from 'eslint-plugin-security';
import type { Place } from './score.ts';

/** The order of a static severity table: what a reviewer who knows only the rule's name looks at first. */
const SEVERITY: readonly RegExp[] = [
  /child-process|eval-with-expression/,
  /unsafe-regex|disable-mustache|buffer|new-buffer|bidi/,
  /non-literal-(fs|require|regexp)/,
];

const TYPESCRIPT = /\.[cm]?tsx?$/;
const CODE = /\.([cm]?js|jsx|[cm]?ts|tsx)$/;

/** The alerts of ESLint's security rules in their recommended set, in the order of a static severity table. */
export function eslintSecurityAlerts(change: ChangeSet): Place[] {
  const linter = new Linter({ configType: 'flat' });
  return change.files
    .filter(({ path }) => CODE.test(path))
    .flatMap((file) => alertsIn(linter, file))
    .sort(byRule);
}

type Alert = Place & { readonly rule: string };

function alertsIn(linter: Linter, file: ChangedFile): Alert[] {
  const config = configFor(file.path);
  const messages = linter.verify(file.content ?? '', config, {
    filename: TYPESCRIPT.test(file.path) ? 'file.ts' : 'file.js',
    allowInlineConfig: false,
  });
  return messages
    .filter(({ fatal, ruleId }) => !fatal && ruleId?.startsWith('security/'))
    .map(({ line, ruleId }) => ({ path: file.path, line, rule: ruleId ?? '' }));
}

function configFor(path: string): Linter.Config[] {
  const rules = Object.fromEntries(
    Object.keys(security.rules ?? {}).map((name) => [`security/${name}`, 'warn' as const]),
  );
  const shared = { plugins: { security }, rules };
  const ecmaFeatures = { jsx: true, globalReturn: true };
  if (TYPESCRIPT.test(path)) return [{ ...shared, files: ['**/*.ts'], languageOptions: { parser: typescriptParser } }];
  const sourceType = path.endsWith('.mjs') ? 'module' : 'commonjs';
  return [{ ...shared, files: ['**/*.js'], languageOptions: { sourceType, parserOptions: { ecmaFeatures } } }];
}

function byRule(a: Alert, b: Alert): number {
  return rankOf(a.rule) - rankOf(b.rule);
}

function rankOf(rule: string): number {
  const index = SEVERITY.findIndex((pattern) => pattern.test(rule));
  return index === -1 ? SEVERITY.length : index;
}
