import { CandidateFinding } from '@continuum/contract/finding';
import { ESLint } from 'eslint';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toCandidate } from '../src/claim.ts';
import { reportedPath } from '../src/paths.ts';
import { readSignals } from '../src/signals.ts';
import { EXAMPLES, SARIF } from './reports.ts';

const signals = EXAMPLES.map(({ event, payload }) => readSignals(event, payload));
const [codeql, ruff, mypy, eslint, nothing] = signals;

test('SARIF', () => {
  expect(codeql).toMatchObject([
    {
      ...{ kind: 'results', repo: 'acme/shop', pr: 12, tool: 'CodeQL', outcome: 'failure' },
      place: { id: 'acme/shop#12', repo: 'acme/shop', pr: 12 },
      author: { id: 'codeql', name: 'CodeQL', kind: 'bot' },
      findings: [
        {
          ...{ rule: 'codeql/js/sql-injection', path: 'src/db x.js', line: 3, endLine: 3, column: 9, cwe: 'CWE-89' },
          ...{ severity: 'high', category: 'security', evidence: 'db.query(q)', claimedBy: ['ci-codeql'] },
          title: 'Database query built from user-controlled sources',
          references: ['https://codeql.github.com/codeql-query-help/javascript/js-sql-injection/'],
        },
      ],
    },
  ]);
});

test('RDFormat, as one document and as lines', () => {
  const unused = { path: 'main.py', line: 1, column: 8, message: '`os` imported but unused', severity: 'medium' };
  const suggestion = { startLine: 1, endLine: 1, replacement: '' };
  expect(ruff).toMatchObject([{ tool: 'ruff', findings: [{ ...unused, rule: 'ruff/F401', suggestion }] }]);
  expect(mypy).toMatchObject([{ tool: 'mypy', findings: [{ ...unused, rule: 'mypy/F401' }] }]);
});

test("ESLint's report, the worst first", () => {
  const [signal] = eslint ?? [];
  expect(signal).toMatchObject({ kind: 'results', tool: 'eslint', url: 'https://ci.test/runs/1' });
  if (signal?.kind !== 'results') throw new Error('no results');
  expect(signal.findings.map(({ rule, severity, category, path }) => [rule, severity, category, path])).toEqual([
    ['eslint/no-undef', 'medium', 'correctness', '/home/runner/work/shop/src/a.js'],
    ['eslint/fatal', 'medium', 'correctness', '/home/runner/work/shop/src/a.js'],
    ['eslint/security/detect-eval-with-expression', 'low', 'security', '/home/runner/work/shop/src/a.js'],
  ]);
});

test('a run that found nothing says so', () => {
  expect(nothing).toMatchObject([{ tool: 'eslint', outcome: 'success', findings: [], place: { id: 'acme/shop' } }]);
});

test('what ESLint itself writes is read', async () => {
  const linter = new ESLint({ overrideConfigFile: true, overrideConfig: [{ rules: { 'no-debugger': 'error' } }] });
  const results = await linter.lintText('debugger;\n', { filePath: 'src/x.js' });
  const formatter = await linter.loadFormatter('json');
  const text = await formatter.format(results, {});
  const root = process.cwd();
  const run = { repo: 'acme/shop', head: '0a1b2c3d', format: 'eslint', root, results: JSON.parse(text) };
  expect(readSignals('results', run)).toMatchObject([
    { outcome: 'failure', findings: [{ rule: 'eslint/no-debugger', path: 'src/x.js', line: 1 }] },
  ]);
});

describe('SARIF in all its ways', () => {
  const [run] = SARIF.runs;
  const [result] = run?.results ?? [];
  const read = (change: object, ofRun: object = {}) => {
    const log = { ...SARIF, runs: [{ ...run, results: [{ ...result, ...change }], ...ofRun }] };
    const payload = { repo: 'acme/shop', head: '0a1b2c3d', format: 'sarif', results: log };
    return readSignals('results', payload).flatMap((signal) => (signal.kind === 'results' ? signal.findings : []));
  };

  test.each([
    [{ kind: 'pass' }],
    [{ level: 'none' }],
    [{ baselineState: 'absent' }],
    [{ suppressions: [{ kind: 'inSource' }] }],
    [{ suppressions: [{ kind: 'external', status: 'accepted' }] }],
    [{ locations: [] }],
    [{ locations: [{ physicalLocation: { artifactLocation: { uri: 'a.js' } } }] }],
    [{ locations: [{ physicalLocation: { artifactLocation: { uri: '../a.js' }, region: { startLine: 1 } } }] }],
  ])('%j says nothing', (change) => {
    expect(read(change)).toEqual([]);
  });

  test('a suppression that was rejected counts for nothing', () => {
    expect(read({ suppressions: [{ kind: 'external', status: 'rejected' }] })).toHaveLength(1);
  });

  test('rules by index, messages by id with arguments, files by index and by base', () => {
    const rules = [{ id: 'X1', messageStrings: { m: { text: '{0} is {1}' } } }];
    const at = { artifactLocation: { index: 0 }, region: { startLine: 5, endLine: 7 } };
    const findings = read(
      {
        ...{ ruleId: undefined, ruleIndex: 0, message: { id: 'm', arguments: ['this', 'odd'] } },
        locations: [{ physicalLocation: at }],
      },
      {
        tool: { driver: { name: 'X Tool', rules } },
        artifacts: [{ location: { uri: 'file:///builds/shop/lib/a.ts', uriBaseId: 'ROOT' } }],
        originalUriBaseIds: { ROOT: { uri: 'file:///builds/shop/' } },
      },
    );
    expect(findings).toMatchObject([
      { rule: 'x-tool/X1', message: 'this is odd', path: 'lib/a.ts', line: 5, endLine: 7, severity: 'low' },
    ]);
  });
});

test.each([
  ['src/a.js', undefined, 'src/a.js'],
  ['./src//a.js', undefined, 'src/a.js'],
  ['/home/x/src/a.js', '/home/x', 'src/a.js'],
  ['/home/xy/a.js', '/home/x', '/home/xy/a.js'],
  ['file:///C:/work/a%20b.js', 'file:///C:/work/', 'a b.js'],
  ['C:\\work\\src\\a.js', 'C:\\work', 'src/a.js'],
  ['../../etc/passwd', undefined, undefined],
  ['src/../../x', undefined, undefined],
  ['https://evil.test/a.js', undefined, undefined],
  ['a\nb.js', undefined, undefined],
  ['', undefined, undefined],
  ['.', undefined, undefined],
])('the path %j in %j is %j', (reported, root, path) => {
  expect(reportedPath(reported, root)).toBe(path);
});

test('any claim is a finding that the contract takes', () => {
  const text = fc.string({ maxLength: 300 });
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const claim = fc.record({
    ...{ tool: text, rule: text, level: fc.constantFrom('error' as const, 'warning' as const, 'note' as const) },
    ...{ path: text, line: fc.double(), endLine: maybe(fc.double()), column: maybe(fc.double()), message: text },
    ...{ title: maybe(text), url: maybe(fc.oneof(text, fc.webUrl())), evidence: maybe(text) },
    ...{ tags: maybe(fc.array(text)), securityScore: maybe(fc.double()), replacement: maybe(text) },
  });
  fc.assert(fc.property(claim, (each) => CandidateFinding.safeParse(toCandidate(each)).success));
});

test('a tool cannot speak under the name of our own analyzers', () => {
  for (const tool of ['ast', 'Secrets', 'model', 'licences']) {
    const finding = toCandidate({ tool, rule: 'x', level: 'error', path: 'a', line: 1, message: 'm' });
    expect(finding.rule).toBe(`ci-${tool.toLowerCase()}/x`);
  }
});
