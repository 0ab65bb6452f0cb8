import { Finding, Review } from '@continuum/contract/finding';
import { toSarif } from '@continuum/review/sarif';
import fc from 'fast-check';
import type { Log } from 'sarif';
import { describe, expect, test } from 'vitest';
import { claim } from './candidate.ts';
import { SarifFile } from './sarif-schema.ts';

const VERSION = '1.2.3';

function finding(changes: Partial<Record<keyof Finding, unknown>> = {}): Finding {
  const judgement = { verdict: 'post', score: 0.87, why: [{ kind: 'analyzer', text: 'The rule is sure.' }] };
  const rest = { repo: 'acme/shop', reviewId: 'rev_1', persona: 'security-ai', scope: '/security/', at: '2026-01-01' };
  const own = { id: 'fnd_1', fingerprint: 'f'.repeat(32), status: 'posted', cwe: 'CWE-78', judgement };
  return Finding.parse({ ...claim(), ...rest, ...own, ...changes });
}

function review(changes: Partial<Record<keyof Review, unknown>> = {}): Review {
  const stats = { files: 1, addedLines: 3, candidates: 1, posted: 1, withheld: 0, ms: 5 };
  const fixed = {
    id: 'rev_1',
    repo: 'acme/shop',
    title: 'A change',
    trigger: 'cli',
    key: 'k',
    status: 'done',
    at: '2026',
  };
  return Review.parse({ ...fixed, stats, skipped: [], ...changes });
}

/** Typed by the definitions that are generated from the standard's own schema. */
function logOf(findings: readonly Finding[], options: { readonly withheld?: boolean } = {}): Log {
  return toSarif({ review: review(), findings }, { version: VERSION, ...options });
}

describe('SARIF', () => {
  test('holds what a viewer needs: rule with help, place, fingerprint, why', () => {
    const log = logOf([finding({ url: 'https://github.com/acme/shop/pull/7#discussion_r1' })]);
    const [run] = log.runs;
    expect(run?.tool.driver).toMatchObject({ name: 'Continuum', version: VERSION });
    expect(run?.tool.driver.rules).toEqual([
      expect.objectContaining({
        id: 'ast/js-command-injection',
        name: 'AstJsCommandInjection',
        helpUri: 'https://cwe.mitre.org/data/definitions/78.html',
        properties: { tags: ['security', 'external/cwe/cwe-78'], 'security-severity': '8.0' },
      }),
    ]);
    expect(run?.results).toEqual([
      expect.objectContaining({
        ruleId: 'ast/js-command-injection',
        ruleIndex: 0,
        level: 'error',
        rank: 87,
        message: { text: 'Command injection. A value reaches a shell.' },
        partialFingerprints: { 'continuum/v1': 'f'.repeat(32) },
        hostedViewerUri: 'https://github.com/acme/shop/pull/7#discussion_r1',
        properties: expect.objectContaining({ why: ['The rule is sure.'], findingId: 'fnd_1' }),
      }),
    ]);
  });

  test('names one rule for many findings, as severe as the worst', () => {
    const other = finding({ id: 'fnd_2', rule: 'ast/js-eval', severity: 'low' });
    const log = logOf([finding({ severity: 'low' }), finding({ id: 'fnd_3', severity: 'critical' }), other]);
    const rules = log.runs[0]?.tool.driver.rules ?? [];
    expect(rules.map(({ id, defaultConfiguration }) => [id, defaultConfiguration?.level])).toEqual([
      ['ast/js-command-injection', 'error'],
      ['ast/js-eval', 'note'],
    ]);
    expect(log.runs[0]?.results?.map(({ ruleIndex }) => ruleIndex)).toEqual([0, 0, 1]);
  });

  test('a suggestion is a fix of whole lines, and one that leaves nothing takes the line ends too', () => {
    const replace = finding({ suggestion: { startLine: 3, endLine: 4, replacement: 'run(name)\n' } });
    const remove = finding({ suggestion: { startLine: 3, endLine: 4, replacement: '' } });
    const [one, other] = logOf([replace, remove]).runs[0]?.results ?? [];
    expect(one?.fixes?.[0]?.artifactChanges[0]?.replacements).toEqual([
      { deletedRegion: { startLine: 3, endLine: 4 }, insertedContent: { text: 'run(name)' } },
    ]);
    expect(other?.fixes?.[0]?.artifactChanges[0]?.replacements[0]?.deletedRegion).toEqual({
      startLine: 3,
      startColumn: 1,
      endLine: 5,
      endColumn: 1,
    });
  });

  test('what was withheld is left out, or suppressed with who decided that', () => {
    const why = [{ kind: 'declined', text: 'ada declined this finding: "internal tool"', author: 'ada' }];
    const withheld = finding({
      status: 'withheld',
      withheldBecause: 'declined',
      judgement: { verdict: 'skip', score: 0.1, why },
    });
    const repeated = finding({ id: 'fnd_2', status: 'withheld', withheldBecause: 'duplicate' });
    expect(logOf([withheld, repeated]).runs[0]?.results).toHaveLength(1);
    const [first, second] = logOf([withheld, repeated], { withheld: true }).runs[0]?.results ?? [];
    expect(first?.suppressions).toEqual([
      { kind: 'external', status: 'accepted', justification: 'ada declined this finding: "internal tool"' },
    ]);
    expect(second?.suppressions).toBeUndefined();
  });

  test('what was not reviewed is told as a notification', () => {
    const skipped = [{ path: 'logo.png', reason: 'binary' }];
    const log: Log = toSarif({ review: review({ skipped }), findings: [] }, { version: VERSION });
    expect(log.runs[0]?.invocations?.[0]?.toolExecutionNotifications?.[0]?.message.text).toContain('logo.png (binary)');
  });

  test('text from a change makes no link', () => {
    const [result] = logOf([finding({ title: 'See [here](https://evil.example)' })]).runs[0]?.results ?? [];
    expect(result?.message.text).not.toContain('](');
  });

  test('whatever a finding says, the file keeps to the standard', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    const line = fc.integer({ min: 1, max: 1e6 });
    const anything = fc.record({
      path: text,
      title: text,
      message: text,
      evidence: text,
      line,
      endLine: line,
      severity: fc.constantFrom('critical', 'high', 'medium', 'low', 'info'),
      references: fc.array(fc.oneof(text, fc.webUrl())),
      url: fc.option(fc.oneof(text, fc.webUrl()), { nil: undefined }),
      suggestion: fc.option(fc.record({ startLine: line, endLine: line, replacement: text }), { nil: undefined }),
      status: fc.constantFrom('posted', 'withheld', 'declined', 'resolved'),
    });
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 5 }), (all) => {
        const log = logOf(
          all.map((changes) => finding(changes)),
          { withheld: true },
        );
        expect(SarifFile.safeParse(JSON.parse(JSON.stringify(log))).error).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});
