import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pieces } from '../src/blocks.ts';
import { toMrkdwn } from '../src/markdown.ts';
import { toMarkdown } from '../src/mrkdwn.ts';

describe('mrkdwn on its way in', () => {
  test.each([
    ['*bold* and _italic_ and ~gone~', '**bold** and _italic_ and ~~gone~~'],
    ['a * b * c, 2*3*4, snake_case_name', 'a * b * c, 2*3*4, snake_case_name'],
    ['<https://a.example/x|the docs> &amp; &lt;b&gt;', '[the docs](https://a.example/x) & <b>'],
    ['<https://a.example/x>', 'https://a.example/x'],
    ['<mailto:a@b.example|write me>', '[write me](mailto:a@b.example)'],
    ['hi <@U024BE7LH>, see <#C024BE91L|general>', 'hi @U024BE7LH, see #general'],
    ['<!here> <!subteam^S1|@devs> <!date^1392734382^{date}|Feb 18>', '@here @devs Feb 18'],
    ['`a &lt; b *c*`', '`a < b *c*`'],
    ['```if (a &amp;&amp; b) *x*```', '```\nif (a && b) *x*\n```'],
    ['```see <https://a.example|a.example>```', '```\nsee a.example\n```'],
  ])('%s', (mrkdwn, markdown) => {
    expect(toMarkdown(mrkdwn)).toBe(markdown);
  });

  test('a name is put in where it is known', () => {
    expect(toMarkdown('<@U0BOT> explain', (id) => (id === 'U0BOT' ? 'continuum' : undefined))).toBe(
      '@continuum explain',
    );
  });

  test('any text is read in time that grows with its length, and 10 MB are cut', () => {
    for (const hostile of ['*', '<', '`', '~', '<@', '```', '&lt;', '*a ', '<a|']) {
      expect(toMarkdown(hostile.repeat(5_000_000 / hostile.length)).length).toBeLessThan(300_000);
    }
  });
});

describe('Markdown on its way out', () => {
  test.each([
    ['**bold** and *italic* and _italic too_ and ~~gone~~', '*bold* and _italic_ and _italic too_ and ~gone~'],
    ['[the docs](https://a.example/x?a=1&b=2)', '<https://a.example/x?a=1&amp;b=2|the docs>'],
    ['[our page](/findings/1) <https://a.example>', 'our page <https://a.example>'],
    ['# A heading', '*A heading*'],
    ['- one\n- two', '• one\n• two'],
    ['> quoted', '> quoted'],
    ['`a < b`', '`a &lt; b`'],
    ['```js\nif (a && b) {}\n```', '```\nif (a &amp;&amp; b) {}\n```'],
    ['``a ` b``', '`a ˋ b`'],
    ['5 &lt; 6 &amp; 7', '5 &lt; 6 &amp; 7'],
    ['<sub>small</sub><!-- hidden -->', 'small'],
    ['\\<!channel\\>', '&lt;!channel&gt;'],
    ['2\\*3', '2\u200B*\u200B3'],
  ])('%s', (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  test('whatever the text, it calls nobody and links only to addresses', () => {
    const hostile = fc.array(
      fc.constantFrom(
        '<!channel>',
        '<@U1>',
        '<',
        '>',
        '&',
        '|',
        '`',
        '```',
        '\n',
        '*',
        '[',
        ']',
        '(',
        ')',
        '\\',
        'a',
        'https://x.example',
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          hostile.map((parts) => parts.join('')),
          fc.string({ unit: 'grapheme' }),
        ),
        (text) => {
          const references = [...toMrkdwn(text).matchAll(/<([^>]*)>?/g)].map(([, inner]) => inner ?? '');
          for (const reference of references)
            expect(reference).toMatch(/^(?:https?:\/\/|mailto:)[^\s<|]+(?:\|[^<|]*)?$/);
          expect(toMrkdwn(text)).not.toMatch(/&(?!amp;|lt;|gt;)/);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('plain words come back as they went', () => {
    const words = fc.array(
      fc.constantFrom('auth', 'returns', '401', '<T>', '&', 'a&&b', '"q"', 'x > y', 'ümläut', '😀'),
    );
    fc.assert(
      fc.property(words, (parts) => {
        const text = parts.join(' ');
        expect(toMarkdown(toMrkdwn(text))).toBe(text);
      }),
    );
  });

  test('a long text is cut with a note and below the limit of Slack', () => {
    const long = toMrkdwn(`${'&'.repeat(100_000)}`);
    expect(long.length).toBeLessThan(40_000);
    expect(long).toMatch(/&amp;\n_\(cut/);
  });

  test('pieces of a text are short enough, and no code block stays open', () => {
    const lines = fc.array(fc.constantFrom('```', 'a line', 'b'.repeat(700), '&amp;'.repeat(40), ''), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(lines, (parts) => {
        const closed = parts.filter((line) => line === '```').length % 2 === 0 ? parts : [...parts, '```'];
        for (const piece of pieces(closed.join('\n'), 500)) {
          expect(piece.length).toBeLessThanOrEqual(500);
          expect((piece.match(/^```$/gm) ?? []).length % 2).toBe(0);
        }
      }),
    );
  });
});
