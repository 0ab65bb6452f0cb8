import { signedHeaders } from '@continuum/testing/ci/sender';
import type { MadeDelivery, Order, SourceExample } from '@continuum/testing/source-contract';
import type { Log } from 'sarif';

const RUN = { repo: 'acme/shop', pr: 12, head: '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567' };
const AT = new Date('2026-03-01T12:00:00Z');

/** As CodeQL and Semgrep write it. */
export const SARIF: Log = {
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [
    {
      tool: {
        driver: {
          name: 'CodeQL',
          rules: [
            {
              id: 'js/sql-injection',
              shortDescription: { text: 'Database query built from user-controlled sources' },
              helpUri: 'https://codeql.github.com/codeql-query-help/javascript/js-sql-injection/',
              defaultConfiguration: { level: 'error' },
              properties: { tags: ['security', 'external/cwe/cwe-089'], 'security-severity': '8.8' },
            },
          ],
        },
      },
      results: [
        {
          ruleId: 'js/sql-injection',
          ruleIndex: 0,
          message: { text: 'This query depends on a user-provided value.' },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: 'src/db%20x.js', uriBaseId: '%SRCROOT%' },
                region: { startLine: 3, startColumn: 9, endColumn: 40, snippet: { text: 'db.query(q)' } },
              },
            },
          ],
        },
      ],
    },
  ],
};

const RDJSON = {
  source: { name: 'ruff', url: 'https://docs.astral.sh/ruff' },
  severity: 'WARNING',
  diagnostics: [
    {
      message: '`os` imported but unused',
      location: { path: '/work/app/main.py', range: { start: { line: 1, column: 8 }, end: { line: 1, column: 10 } } },
      severity: 'ERROR',
      code: { value: 'F401', url: 'https://docs.astral.sh/ruff/rules/unused-import' },
      suggestions: [{ range: { start: { line: 1 }, end: { line: 1 } }, text: '' }],
    },
  ],
};

const ESLINT = [
  {
    filePath: '/home/runner/work/shop/src/a.js',
    messages: [
      { ruleId: 'no-undef', severity: 2, message: "'x' is not defined.", line: 4, column: 2, endLine: 4, endColumn: 3 },
      { ruleId: null, fatal: true, severity: 2, message: 'Parsing error: Unexpected token', line: 9, column: 1 },
      { ruleId: 'security/detect-eval-with-expression', severity: 1, message: 'eval', line: 7, column: 1 },
    ],
    suppressedMessages: [],
    errorCount: 2,
  },
];

const RDJSONL = RDJSON.diagnostics.map((diagnostic) => JSON.stringify(diagnostic)).join('\n');

const report = (format: string, results: unknown, more: object = {}): SourceExample => ({
  event: 'results',
  payload: { ...RUN, at: AT.toISOString(), format, results, ...more },
});

export const EXAMPLES: readonly SourceExample[] = [
  report('sarif', SARIF),
  report('rdjson', RDJSON, { root: '/work/app/' }),
  report('rdjsonl', RDJSONL, { tool: 'mypy', root: '/work/app' }),
  report('eslint', ESLINT, { url: 'https://ci.test/runs/1' }),
  report('eslint', [], { pr: undefined, outcome: 'success' }),
];

export function saying(text: string): SourceExample {
  const [file] = ESLINT;
  return report('eslint', [{ ...file, messages: [{ ...file?.messages[0], message: text }] }]);
}

/** A delivery of CI, signed by our scheme. */
export function make({ deliveryId = 'd-1', secret = '', at = AT, event = 'results', body }: Order): MadeDelivery {
  const text = body ?? JSON.stringify({ ...RUN, format: 'sarif', results: SARIF });
  return { headers: signedHeaders({ deliveryId, event, secret, at }, text), body: text };
}
