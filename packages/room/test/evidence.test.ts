import { Evidence } from '@continuum/contract/knowledge';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderEvidence, renderUnknown, renderWritten } from '../src/evidence.ts';

const said = (changes: Partial<Record<keyof Evidence, unknown>> = {}): Evidence =>
  Evidence.parse({
    ...{ id: 'a', kind: 'correction', author: 'Ada', at: '2026-02-01T10:00:00.000Z', coverage: 1 },
    ...{ path: 'src/a.ts', quote: 'Only loop indexes.', link: 'https://example.com/1' },
    ...changes,
  });
const LOOKED_AT = { corrections: 1, findings: 2, messages: 0, code: 1 };

describe('evidence', () => {
  test('is quoted with who said it, when, about what and where', () => {
    expect(renderEvidence([said()])).toBe(
      '**Ada** said on 2026-02-01 about `src/a.ts` ([there](https://example.com/1)):\n\n> Only loop indexes.',
    );
    const finding = said({ kind: 'finding', author: 'Security AI', line: 7 });
    expect(renderEvidence([finding])).toContain('**Security AI** found in `src/a.ts:7` ([there]');
    const code = said({ kind: 'code', line: 3, quote: 'a();\nb();', link: undefined });
    expect(renderEvidence([code])).toBe('`src/a.ts:3`:\n\n```ts\na();\nb();\n```');
  });

  test('stands below sentences by the numbers that they name, and what is not named does not', () => {
    const text = renderWritten([{ text: 'It is fine.', cites: [2] }], [said({ author: 'Bob' }), said()]);
    expect(text).toContain('It is fine. \\[2\\]');
    expect(text).toContain('\\[2\\] **Ada** said on 2026-02-01');
    expect(text).not.toContain('Bob');
  });

  test('that is none is said with what was looked at', () => {
    expect(renderUnknown(['auth', '401'], LOOKED_AT, 'acme/shop')).toBe(
      "I don't know. Nobody said it where I looked: 1 correction, 2 findings, 0 messages, 1 piece of code of `acme/shop` that speak of `auth`, `401`.",
    );
    expect(renderUnknown([], LOOKED_AT, undefined)).toContain('by its name');
  });

  test('brings no markup, no mention and no address of its own along, whoever wrote it', () => {
    const hostile = fc.constantFrom(
      ...[
        '<img src=x onerror=1>',
        '@channel @ada',
        '[click](https://evil.example)',
        '<!-- continuum:x -->',
        '> a\n# b',
      ],
      ...['</sub>', '#12', '\u202E'],
    );
    const text = fc
      .array(
        fc.oneof(
          hostile,
          fc.string().map((any) => any.replaceAll('`', "'")),
        ),
        { minLength: 1, maxLength: 6 },
      )
      .map((parts) => `x${parts.join('')}`);
    fc.assert(
      fc.property(text, text, fc.constantFrom('correction', 'finding', 'message'), (quote, author, kind) => {
        const one = said({ quote, author, kind, link: 'javascript:alert(1)' });
        for (const shown of [renderEvidence([one]), renderWritten([{ text: quote, cites: [1] }], [one])]) {
          // A code span is shown as it is; an escaped backtick begins none.
          const outside = shown.replaceAll(/(?<!\\)(`+)[\s\S]*?\1/g, '');
          expect(outside).not.toMatch(/<(?!\u200B)[a-z/!]/i);
          expect(outside).not.toMatch(/(?<!\\)\]\(/);
          expect(shown).not.toMatch(/@[\w-]/);
          expect(shown).not.toContain('<!--');
          expect(shown).not.toContain('\u202E');
        }
      }),
    );
  });
});
