import { describe, expect, it } from 'vitest';
import { fitTeamModel } from '../src/team-model.ts';
import { textViewOf } from '../src/text-view.ts';
import { findingWith, memoryWith } from './corrections.ts';

const about = (evidence: string) => findingWith({ evidence });

describe('the text view', () => {
  const taught = fitTeamModel(
    ['cache[key]', 'cache[id]', 'cache[name]', 'user[key]', 'user[id]', 'user[name]'].map((evidence, i) =>
      memoryWith({ id: `m${i}`, verdict: i < 3 ? 'decline' : 'affirm', finding: about(evidence) }),
    ),
    { reasons: true },
  );

  it('goes by names in the code, which facts do not tell apart', () => {
    const view = textViewOf(taught);
    expect(view(about('cache[field]'))).toBeLessThan(0);
    expect(view(about('user[field]'))).toBeGreaterThan(0);
  });

  it('is fitted once for a team, and has no opinion where nobody taught', () => {
    expect(textViewOf(taught)).toBe(textViewOf(taught));
    expect(textViewOf(fitTeamModel([], { reasons: true }))(about('cache[key]'))).toBe(0);
  });
});
