import { describe, expect, test } from 'vitest';
import { find } from '../src/find.ts';
import { KNOWLEDGE } from './knowledge.ts';
import { LABELLED, type Labelled } from './labelled.ts';

const FROM = { repo: 'acme/shop', now: new Date('2026-03-01T00:00:00.000Z') };
const halves = { development: 0, check: 1 } as const;

interface Score {
  readonly precision: number;
  readonly recall: number;
  /** Questions that were answered wrongly. */
  readonly wrong: readonly string[];
}

/** Of the answers given, how many cite a passage that answers; of the questions with an answer, how many got one. */
function score(questions: readonly Labelled[]): Score {
  const given = questions.map(([question, answers]) => ({
    question,
    answers,
    best: find(question, KNOWLEDGE, FROM).evidence[0]?.id,
  }));
  const answered = given.filter(({ best }) => best !== undefined);
  const right = answered.filter(({ answers, best }) => best !== undefined && answers.includes(best));
  const answerable = questions.filter(([, answers]) => answers.length > 0);
  return {
    precision: right.length / answered.length,
    recall: right.length / answerable.length,
    wrong: answered.filter((one) => !right.includes(one)).map(({ question }) => question),
  };
}

describe('labelled questions', () => {
  test.each(Object.entries(halves))(
    'the %s half: what is answered is right, what nobody knows is not',
    (name, parity) => {
      const half = score(LABELLED.filter((_, index) => index % 2 === parity));
      console.info(
        `${name}: precision ${half.precision.toFixed(3)}, recall ${half.recall.toFixed(3)}, wrong: ${half.wrong.join(' | ')}`,
      );
      expect(half.precision).toBeGreaterThanOrEqual(0.95);
      expect(half.recall).toBeGreaterThanOrEqual(0.8);
    },
  );

  test('there are enough of both kinds, and each label names a passage', () => {
    const ids = new Set(KNOWLEDGE.map(({ id }) => id));
    expect(LABELLED.filter(([, answers]) => answers.length > 0).length).toBeGreaterThanOrEqual(40);
    expect(LABELLED.filter(([, answers]) => answers.length === 0).length).toBeGreaterThanOrEqual(40);
    expect(LABELLED.flatMap(([, answers]) => answers).filter((id) => !ids.has(id))).toEqual([]);
  });
});
