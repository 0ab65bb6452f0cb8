import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AdfNode } from '../src/adf.ts';
import { adfToMarkdown } from '../src/adf-to-markdown.ts';
import { markdownToAdf } from '../src/markdown-to-adf.ts';
import { wikiToMarkdown } from '../src/wiki-to-markdown.ts';

describe('Markdown to a document and back', () => {
  test.each([
    '# Title',
    'Words with **bold**, _slanted_, ~~struck~~, `code` and [a link](https://docs.test/a?b=c).',
    '- one\n- two',
    '3. three\n4. four',
    '> said before\n> and more',
    "```ts\nconst a = 'b';\n\n  f(a);\n```",
    '| a | b |\n| --- | --- |\n| 1 | `2` |',
    'First.\n\nSecond.\n\n---\n\nThird.',
    '- one\n  \n  - below\n- two',
    '<https://docs.test/a>',
  ])('%j stays as it is', (markdown) => {
    expect(adfToMarkdown(markdownToAdf(markdown))).toBe(markdown);
  });

  test('any words survive', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9äöü]{1,12}$/);
    fc.assert(
      fc.property(fc.array(fc.array(word, { minLength: 1 }), { minLength: 1, maxLength: 8 }), (paragraphs) => {
        const text = paragraphs.map((words) => `x${words.join(' ')}`).join('\n\n');
        expect(adfToMarkdown(markdownToAdf(text))).toBe(text);
      }),
    );
  });

  test('no markup of a stranger: HTML and odd addresses become text', () => {
    const document = JSON.stringify(markdownToAdf('<script>x</script> [go](javascript:alert(1)) ![i](data:x)'));
    expect(document).not.toContain('"link"');
    expect(document).toContain('<script>');
  });

  test('any text gives a document that Jira takes', () => {
    const pieces = fc.constantFrom(
      '# ',
      '- ',
      '1. ',
      '> ',
      '```',
      '`',
      '**',
      '_',
      '~~',
      '[a](https://a.b)',
      '|',
      '---',
    );
    const text = fc.array(fc.oneof(pieces, fc.string(), fc.constant('\n'))).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (markdown) => {
        const document = markdownToAdf(markdown);
        for (const node of document.content) expectPossible(node, 'doc');
      }),
    );
  });

  test('nested beyond all measure, its words are kept', () => {
    const text = `${'>'.repeat(5_000)} deep`;
    expect(JSON.stringify(markdownToAdf(text))).toContain('deep');
  });
});

/** What Jira refuses: empty texts, code with other marks, blocks where it has no place for them. */
function expectPossible(node: AdfNode, parent: string): void {
  if (node.type === 'text') {
    expect(node.text).not.toBe('');
    const marks = (node.marks ?? []).map(({ type }) => type);
    expect(new Set(marks).size).toBe(marks.length);
    if (marks.includes('code')) expect(marks.filter((mark) => mark !== 'link')).toEqual(['code']);
    return;
  }
  if (parent === 'blockquote' || parent === 'listItem') {
    expect(['paragraph', 'bulletList', 'orderedList', 'codeBlock']).toContain(node.type);
  }
  if (node.type === 'listItem') expect(node.content?.[0]?.type).toBe('paragraph');
  if (node.type === 'heading' || node.type === 'codeBlock') expect(node.content?.length).toBeGreaterThan(0);
  for (const child of node.content ?? []) expectPossible(child, node.type);
}

describe('documents of people', () => {
  test('mentions, cards, panels, tasks and what we do not know are read as words', () => {
    const text = (words: string) => ({ type: 'text', text: words });
    const document = {
      type: 'doc',
      version: 1,
      content: [
        {
          type: 'paragraph',
          content: [
            { type: 'mention', attrs: { id: '1', text: '@Ada' } },
            text(' see '),
            { type: 'inlineCard', attrs: { url: 'https://docs.test/' } },
            { type: 'hardBreak' },
            { type: 'emoji', attrs: { shortName: ':tada:', text: '🎉' } },
          ],
        },
        { type: 'panel', attrs: { panelType: 'info' }, content: [{ type: 'paragraph', content: [text('Inside.')] }] },
        { type: 'taskList', content: [{ type: 'taskItem', attrs: { state: 'DONE' }, content: [text('Done')] }] },
        { type: 'somethingNew', content: [{ type: 'paragraph', content: [text('Kept.')] }] },
      ],
    };
    expect(adfToMarkdown(document)).toBe('@Ada see <https://docs.test/>\n🎉\n\nInside.\n\n- [x] Done\n\nKept.');
  });

  test('any JSON is read or passed over', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => typeof adfToMarkdown(value) === 'string'));
    let deep: unknown = { type: 'text', text: 'x' };
    for (let level = 0; level < 10_000; level += 1) deep = { type: 'panel', content: [deep] };
    expect(adfToMarkdown({ type: 'doc', content: [deep] })).toBe('');
  });
});

describe('wiki markup', () => {
  test.each([
    ['*bold* and {{mono}}', '**bold** and `mono`'],
    ['2 * 3 * 4', '2 * 3 * 4'],
    ['h2. Title\nbq. quoted', '## Title\n> quoted'],
    ['# one\n## two\n* three\n- four', '1. one\n  1. two\n- three\n- four'],
    ['[site|https://a.test/b] [https://a.test]', '[site](https://a.test/b) <https://a.test>'],
    ['[~accountid:712020:ab] and [~ada]', '@712020:ab and @ada'],
    ['{code:java|title=A}\nint *a*;\n{code} after', '```java\nint *a*;\n```\n after'],
    ['{noformat}[x|https://a]{noformat}', '```\n[x|https://a]\n```'],
    ['{code}never closed *x*', '{code}never closed **x**'],
    ['{color:red}red{color}', 'red'],
  ])('%j is %j', (wiki, markdown) => {
    expect(wikiToMarkdown(wiki)).toBe(markdown);
  });

  test('any text ends soon, also one that opens a hundred thousand macros', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => typeof wikiToMarkdown(text) === 'string'));
    for (const piece of ['{code:x}', '{noformat}', '*', '[', '[a|', '{{', '*a ']) {
      expect(typeof wikiToMarkdown(piece.repeat(100_000))).toBe('string');
    }
  });
});
