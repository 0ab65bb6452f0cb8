import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Block, type Inline, isOwnAddress, isWebAddress, parseInline, parseMarkdown } from '../src/markdown.ts';

describe('inline', () => {
  it.each<[string, Inline[]]>([
    ['plain', [{ kind: 'text', text: 'plain' }]],
    [
      'a `b*c*` d',
      [
        { kind: 'text', text: 'a ' },
        { kind: 'code', text: 'b*c*' },
        { kind: 'text', text: ' d' },
      ],
    ],
    ['`` a`b ``', [{ kind: 'code', text: 'a`b' }]],
    ['**bold**', [{ kind: 'bold', text: 'bold' }]],
    [
      '@security-ai why?',
      [
        { kind: 'mention', text: '@security-ai' },
        { kind: 'text', text: ' why?' },
      ],
    ],
    ['me@example.org', [{ kind: 'text', text: 'me@example.org' }]],
    ['[a \\] b](https://x.org/y)', [{ kind: 'link', text: 'a ] b', href: 'https://x.org/y' }]],
    [
      'see https://x.org/y.',
      [
        { kind: 'text', text: 'see ' },
        { kind: 'link', text: 'https://x.org/y', href: 'https://x.org/y' },
        { kind: 'text', text: '.' },
      ],
    ],
    ['[x](javascript:alert(1))', [{ kind: 'text', text: '[x](javascript:alert(1))' }]],
    ['[x](data:text/html,1)', [{ kind: 'text', text: '[x](data:text/html,1)' }]],
    ['[here](/#/findings)', [{ kind: 'text', text: 'here' }]],
    ['\\*not bold\\* &lt;b&gt; &amp;lt;', [{ kind: 'text', text: '*not bold* <b> &lt;' }]],
    ['<b>x</b>', [{ kind: 'text', text: '<b>x</b>' }]],
  ])('parses %s', (source, expected) => {
    expect(parseInline(source)).toEqual(expected);
  });
});

it.each([
  ['/#/room/security', true],
  ['//evil.example', false],
  ['/\\evil.example', false],
  ['javascript:1', false],
])('knows whether %s stays here', (address, expected) => {
  expect(isOwnAddress(address)).toBe(expected);
});

describe('blocks', () => {
  it('tells paragraphs, lists, quotes, headings and code apart', () => {
    const source = '### Title\none\ntwo\n\n- a\n- b\n> q\n```ts\nconst x = `1`;\n\n- no list\n```\nend<!-- hidden -->';
    expect(parseMarkdown(source).map(outline)).toEqual([
      ...['heading: Title', 'paragraph: one\ntwo', 'list: a|b', 'quote: q', 'code: const x = `1`;\n\n- no list'],
      'paragraph: end',
    ]);
  });

  it('closes a fence only with one as long, and shows an open one to the end', () => {
    expect(parseMarkdown('````\n```\nx\n````\ny').map(outline)).toEqual(['code: ```\nx', 'paragraph: y']);
    expect(parseMarkdown('```\nx').map(outline)).toEqual(['code: x']);
  });
});

describe('whatever people write', () => {
  const hostile = fc.constantFrom(
    '[x](',
    'javascript:',
    'https://',
    ')',
    '](',
    '`',
    '```',
    '**',
    '\n',
    '@a',
    '<a href="',
    '\\',
  );
  const text = fc.array(fc.oneof(hostile, fc.string({ unit: 'grapheme' }))).map((parts) => parts.join(''));

  it('links only to http and https', () => {
    fc.assert(
      fc.property(text, (source) => {
        for (const inline of parseMarkdown(source).flatMap(inlinesOf)) {
          if (inline.kind === 'link') expect(isWebAddress(inline.href)).toBe(true);
        }
      }),
    );
  });

  it('keeps plain words', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]+$/), { minLength: 1 }).map((list) => list.join(' '));
    fc.assert(
      fc.property(words, (source) => {
        expect(parseMarkdown(source).map(outline)).toEqual([`paragraph: ${source}`]);
      }),
    );
  });

  it('takes no time to speak of', () => {
    for (const piece of ['[', '**', '`', '[a](', '@', '\\', 'https://']) {
      const started = performance.now();
      parseMarkdown(piece.repeat(20_000));
      expect([piece, performance.now() - started < 2000]).toEqual([piece, true]);
    }
  });
});

function inlinesOf(block: Block): readonly Inline[] {
  if (block.kind === 'code') return [];
  return block.kind === 'list' ? block.items.flat() : block.inlines;
}

function outline(block: Block): string {
  const words = (inlines: readonly Inline[]) => inlines.map((inline) => inline.text).join('');
  if (block.kind === 'code') return `code: ${block.text}`;
  return `${block.kind}: ${block.kind === 'list' ? block.items.map(words).join('|') : words(block.inlines)}`;
}
