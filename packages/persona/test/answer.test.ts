import { describe, expect, it } from 'vitest';
import { answerQuestion } from '../src/answer.ts';
import { finding } from './sample.ts';

describe('an answer about a finding', () => {
  it.each([
    ['why?', 'A request value reaches the query.'],
    ['why is this a problem?', 'The rule js-sql is sure.'],
    ['how do I fix it?', 'Use bound parameters instead.'],
    ['who decided that?', 'Ann confirmed a similar one.'],
    ['how sure are you?', '83 %'],
    ['what CWE is that?', 'CWE-89'],
    ['which line?', 'src/db.ts, line 15'],
  ])('to %j says %j', (question, part) => {
    const answer = answerQuestion(question, finding());
    expect(answer.known).toBe(true);
    expect(answer.text).toContain(part);
  });

  it('links to where it was said', () => {
    expect(answerQuestion('why?', finding()).links).toEqual(['https://x.test/1']);
  });

  it('shows the suggestion', () => {
    const suggestion = { startLine: 15, endLine: 15, replacement: 'db.query(sql, [id])' };
    const answer = answerQuestion('how to fix this?', finding({ suggestion }));
    expect(answer).toMatchObject({ text: 'Replace line 15 with this:', code: 'db.query(sql, [id])' });
  });

  it.each(['what is the weather?', 'when does the shop open?', 'ok?'])(
    'to %j is an honest I do not know',
    (question) => {
      expect(answerQuestion(question, finding())).toMatchObject({ known: false });
      expect(answerQuestion(question, finding()).text).toContain("I don't know");
    },
  );

  it('does not know a fix that the finding does not hold', () => {
    expect(answerQuestion('how to fix?', finding({ message: 'This is bad.' })).known).toBe(false);
  });

  it('says so when nobody taught it', () => {
    const judgement = { verdict: 'post', score: 0.5, why: [] };
    expect(answerQuestion('who taught you this?', finding({ judgement })).text).toContain('No correction');
  });
});
