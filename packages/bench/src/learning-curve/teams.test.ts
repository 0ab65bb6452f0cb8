import type { CandidateFinding } from '@continuum/contract/finding';
import { describe, expect, it } from 'vitest';
import { addedFile } from '../advisories/corpus.ts';
import { CLAUSES } from './clauses.ts';
import { toPatch } from './http-driver.ts';
import { Maintainer } from './maintainer.ts';
import { knnPeer, ruleRatePeer, tfidfPeer } from './peers.ts';
import { HELD_OUT_TEAMS, wants } from './teams.ts';

const FINDING: CandidateFinding = {
  rule: 'eslint/security/detect-object-injection',
  category: 'security',
  severity: 'low',
  confidence: 0.3,
  path: 'lib/store.js',
  line: 1,
  endLine: 1,
  column: 1,
  evidence: 'rows[key]',
  title: 'Dynamic key',
  message: '',
  claimedBy: [],
  references: [],
  facts: {
    language: 'javascript',
    pathClass: 'source',
    role: 'read',
    origins: ['parameter'],
    guards: [],
    sanitizers: [],
    enclosing: [],
    functionName: '',
    exported: true,
    callee: '',
    frameworks: [],
  },
};
const ASSIGNED: CandidateFinding = {
  ...FINDING,
  evidence: 'rows[key] = value',
  facts: { ...FINDING.facts, role: 'assigned' },
};

describe('teams', () => {
  it('are at least ten with consistent policies', () => {
    expect(HELD_OUT_TEAMS.length).toBeGreaterThanOrEqual(10);
    const writesOnly = HELD_OUT_TEAMS.find(({ id }) => id === 'writes-only');
    expect(writesOnly && wants(writesOnly, FINDING)).toBe(false);
    expect(writesOnly && wants(writesOnly, ASSIGNED)).toBe(true);
  });

  it('never say for the record what they said while the learner was made', () => {
    for (const { decline, affirm } of Object.values(CLAUSES)) {
      const dev = new Set<string>([...decline.dev, ...affirm.dev]);
      expect([...decline['held-out'], ...affirm['held-out']].filter((text) => dev.has(text))).toEqual([]);
    }
  });

  it('slip in about five of a hundred replies and repeat themselves under a seed', () => {
    const [team] = HELD_OUT_TEAMS.filter(({ id }) => id === 'writes-only');
    if (team === undefined) throw new Error('no such team');
    const replies = (): string[] => {
      const maintainer = new Maintainer(team, 'held-out', 7);
      return Array.from({ length: 2_000 }, () => maintainer.reply(FINDING).verdict);
    };
    const slips = replies().filter((verdict) => verdict === 'right').length / 2_000;
    expect(slips).toBeGreaterThan(0.03);
    expect(slips).toBeLessThan(0.07);
    expect(replies()).toEqual(replies());
  });
});

describe('peers', () => {
  const seen = Array.from({ length: 10 }, (_, i) => ({
    finding: i % 2 === 0 ? FINDING : ASSIGNED,
    wanted: i % 2 === 1,
  }));

  it.each([
    ['regression', tfidfPeer],
    ['neighbours', knnPeer],
  ])('%s learn what tells two findings apart', (_, taught) => {
    const decide = taught(seen);
    expect([decide(FINDING), decide(ASSIGNED)]).toEqual([false, true]);
  });

  it('the rate per rule follows the majority', () => {
    expect(ruleRatePeer(seen.filter(({ wanted }) => !wanted))(ASSIGNED)).toBe(false);
    expect(ruleRatePeer([])(FINDING)).toBeUndefined();
  });
});

describe('toPatch', () => {
  it('writes an added file as git does', () => {
    const change = { repo: 'a/b', title: '', files: [addedFile('x.js', 'one\ntwo\n')], skipped: [] };
    expect(toPatch(change)).toBe(
      'diff --git a/x.js b/x.js\nnew file mode 100644\n--- /dev/null\n+++ b/x.js\n@@ -0,0 +1,2 @@\n+one\n+two\n',
    );
  });
});
