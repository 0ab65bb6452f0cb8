import { CandidateFinding } from '@continuum/contract/finding';
import { describe as describeFinding } from '@continuum/memory/features';
import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../advisories/rows.ts';
import { answer, drawPolicy, wants } from './policies.ts';
import { drawReply } from './replies.ts';

const FOLDERS = ['src', 'test', 'lib/util', 'dist', 'bin'];
const CODE = ['items[i]', 'cache[key] = value', 'fs.readFileSync(name)', 'this._state[id]', 'exec(cmd)', 'opts[name]'];
const findings = Array.from({ length: 60 }, (_, i) =>
  describeFinding(
    CandidateFinding.parse({
      ...{ rule: i % 3 === 0 ? 'ast/js-path-traversal' : 'ast/js-object-injection', category: 'security' },
      ...{ severity: i % 2 === 0 ? 'low' : 'high', confidence: 0.5, path: `${FOLDERS[i % 5]}/file${i % 7}.js` },
      ...{ line: 1, endLine: 1, evidence: CODE[i % 6], title: 'a claim', message: 'a message' },
      facts: {
        ...{
          language: 'javascript',
          pathClass: i % 5 === 1 ? 'test' : 'source',
          role: i % 2 === 0 ? 'read' : 'assigned',
        },
        ...{ origins: i % 4 === 0 ? ['literal'] : ['parameter'], guards: [], sanitizers: [], enclosing: ['function'] },
        ...{ functionName: `get${i % 4}`, exported: i % 3 === 0, callee: '', frameworks: [] },
      },
    }),
  ),
);

describe('generated teams', () => {
  test('are the same for the same seed, and want some findings and not others', () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const policy = drawPolicy(mulberry32(seed), findings);
      if (policy === undefined) continue;
      const wanted = findings.filter((one) => wants(policy, one));
      expect(wanted.length).toBeGreaterThan(0);
      expect(wanted.length).toBeLessThan(findings.length);
      const again = drawPolicy(mulberry32(seed), findings);
      expect(again === undefined ? [] : findings.filter((one) => wants(again, one))).toEqual(wanted);
    }
  });

  test('answer as they want it, up to their slips, and give reasons in words', () => {
    const policy = drawPolicy(mulberry32(3), findings);
    if (policy === undefined) throw new Error('a policy');
    const random = mulberry32(4);
    const answers = Array.from({ length: 20 }, () =>
      findings.map((one) => ({ one, ...answer(policy, one, random) })),
    ).flat();
    const slips = answers.filter(({ one, wanted }) => wanted !== wants(policy, one)).length / answers.length;
    expect(slips).toBeLessThan(policy.manner.slip + 0.05);
    expect(answers.filter(({ reason }) => reason !== '').length).toBeGreaterThan(answers.length / 3);
    expect(answers.every(({ reason }) => !reason.includes('{}'))).toBe(true);
  });
});

test('generated replies leave no gap in their sentences', () => {
  const random = mulberry32(1);
  const replies = Array.from({ length: 500 }, () => drawReply(random));
  expect(new Set(replies.map(({ kind }) => kind))).toEqual(
    new Set(['correction', 'confirmation', 'question', 'other']),
  );
  expect(replies.every(({ text }) => text.trim() !== '' && !/[{}]/.test(text))).toBe(true);
});
