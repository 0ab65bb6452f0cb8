import { ScopeId } from '@continuum/contract/ids';
import type { Passage } from '@continuum/contract/knowledge';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { find } from '../src/find.ts';
import { codeQuoteOf, quoteOf } from '../src/quote.ts';
import { rank } from '../src/rank.ts';
import { questionTerms, termsOf } from '../src/terms.ts';

const NOW = new Date('2026-03-01T00:00:00.000Z');
const passage = (id: string, text: string, more: Partial<Passage> = {}): Passage => ({
  ...{ id, kind: 'correction', text, about: '' },
  ...more,
});

describe('terms', () => {
  test('forms, code names and the words of the field meet', () => {
    expect(termsOf('authentication')).toEqual(termsOf('auth'));
    expect(termsOf('redirected')).toEqual(termsOf('redirects'));
    expect(termsOf('parseUserId')).toEqual(expect.arrayContaining(termsOf('user parse id')));
    expect(termsOf('parse_user_id')).toEqual(expect.arrayContaining(termsOf('user parse id')));
    expect(termsOf('session.ts')).toEqual(termsOf('session'));
  });

  test('a question asks for what it names, not for how it is put', () => {
    expect(questionTerms('why is that?')).toEqual([]);
    expect(questionTerms('please tell me why').map(({ term }) => term)).toEqual([]);
    const weights = new Map(questionTerms('why does auth return 401?').map(({ term, weight }) => [term, weight]));
    expect(weights.get('401')).toBeGreaterThan(weights.get('auth') ?? Number.POSITIVE_INFINITY);
    expect(weights.get('return')).toBeLessThan(weights.get('auth') ?? 0);
  });
});

describe('rank', () => {
  test('what stands near the question comes first among equals', () => {
    const text = 'Cookies expire after an hour.';
    const far = passage('far', text, { repo: 'acme/other', pr: 1, at: '2020-01-01T00:00:00.000Z' });
    const repo = passage('repo', text, { repo: 'acme/shop', pr: 2 });
    const pr = passage('pr', text, { repo: 'acme/shop', pr: 1, scope: ScopeId.parse('/security/') });
    const from = { repo: 'acme/shop', pr: 1, scopes: [ScopeId.parse('/security/')], now: NOW };
    expect(rank('when do cookies expire?', [far, repo, pr], from).map(({ passage: { id } }) => id)).toEqual([
      'pr',
      'repo',
      'far',
    ]);
    const late = { ...far, id: 'late', at: '2026-02-28T00:00:00.000Z' };
    expect(rank('when do cookies expire?', [far, late], from)[0]?.passage.id).toBe('late');
  });

  test('what a person decided comes before what stands in the code', () => {
    const said = passage('said', 'sessions expire after an hour');
    const code = passage('code', 'sessions expire after an hour', { kind: 'code' });
    expect(rank('when do sessions expire?', [code, said], { now: NOW })[0]?.passage.id).toBe('said');
  });
});

describe('find', () => {
  test('cites the words that answer, with who said them and where', () => {
    const text = 'The build is slow. We return 401 when the session cookie has expired. Lunch is at noon.';
    const said = passage('a', text, { author: 'Ada', link: 'https://example.com/a', at: '2026-02-01T00:00:00.000Z' });
    const found = find('why does the session return 401?', [said, passage('b', 'Something else.')], { now: NOW });
    expect(found.known).toBe(true);
    expect(found.evidence).toMatchObject([{ id: 'a', author: 'Ada', link: 'https://example.com/a' }]);
    expect(found.evidence[0]?.quote).toContain('We return 401 when the session cookie has expired.');
    expect(found.evidence[0]?.quote).not.toContain('build is slow');
    expect(found.lookedAt).toEqual({ corrections: 2, findings: 0, messages: 0, code: 0 });
  });

  test('the same words about another thing are no answer', () => {
    const said = passage('a', 'We return 401 when the session has expired.', { about: 'src/auth/session.ts' });
    expect(find('why does auth return 500?', [said], { now: NOW })).toMatchObject({ known: false, evidence: [] });
    expect(find('why does checkout return 401?', [said], { now: NOW }).known).toBe(false);
  });

  test('code is cited with the line at which the quote begins', () => {
    const lines = Array.from({ length: 30 }, (_, index) =>
      index === 20 ? 'if (expired) fail(401); // auth' : `x${index}();`,
    );
    const code = passage('c', lines.join('\n'), { kind: 'code', path: 'src/a.ts', line: 100 });
    const [evidence] = find('where does auth fail with 401?', [code], { now: NOW }).evidence;
    expect(evidence?.line).toBe(117);
    expect(evidence?.quote.split('\n')[3]).toBe('if (expired) fail(401); // auth');
  });

  test('any question about any passages is answered in bounds, and only with what was given', () => {
    const texts = fc.string({ unit: 'grapheme', maxLength: 200 });
    fc.assert(
      fc.property(texts, fc.array(texts, { maxLength: 8 }), (question, all) => {
        const passages = all.map((text, index) =>
          passage(String(index), text, { kind: index % 2 ? 'code' : 'message' }),
        );
        const { known, evidence } = find(question, passages, { now: NOW });
        expect(known).toBe(evidence.length > 0);
        expect(evidence.length).toBeLessThanOrEqual(3);
        for (const { id, coverage, quote } of evidence) {
          expect(passages.some((one) => one.id === id)).toBe(true);
          expect(coverage).toBeGreaterThan(0);
          expect(coverage).toBeLessThanOrEqual(1.000001);
          expect(quote).not.toBe('');
        }
      }),
    );
  });
});

describe('quotes', () => {
  test('are sentences of the text in its order, and short', () => {
    const word = fc.constantFrom('token', 'session', 'build', 'cookie', 'lunch');
    const sentence = fc.array(word, { minLength: 1, maxLength: 40 }).map((words) => `Then ${words.join(' ')}.`);
    fc.assert(
      fc.property(fc.array(sentence, { minLength: 1, maxLength: 10 }), (sentences) => {
        const quote = quoteOf(sentences.join(' '), questionTerms('token session'));
        expect(quote.length).toBeLessThanOrEqual(320);
        expect(quote).not.toBe('');
        let from = 0;
        for (const part of quote.replace(/…$/, '').split(/(?<=\.) /)) {
          const at = sentences.join(' ').indexOf(part, from);
          expect(at).toBeGreaterThanOrEqual(0);
          from = at;
        }
      }),
    );
  });

  test('of code hold the line that was asked for', () => {
    const { text, skipped } = codeQuoteOf('a\nb\nc\nd\ntoken()\ne\nf\ng\nh\ni', questionTerms('token'));
    expect(text.split('\n')).toContain('token()');
    expect(text.split('\n').length).toBeLessThanOrEqual(8);
    expect(skipped).toBe(1);
  });
});
