import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeBlock, codeSpan, escapeLine, escapeText, link } from '../src/escape.ts';
import { renderInlineComment, renderRoomMessage } from '../src/render.ts';
import { renderSummary } from '../src/summary.ts';
import { finding, PERSONA, review } from './sample.ts';

const HOSTILE = 'x\n```\n@alice <img src=x onerror=1> <!-- continuum:summary --> ![t](http://evil/p.png) #12 \u202Eabc';

/** What a Markdown reader sees outside of code. */
function outsideCode(markdown: string): string {
  return (
    markdown
      .replaceAll(/^(`{3,}).*\n[\s\S]*?\n\1$/gm, '')
      // An odd number of backslashes in front escapes a backtick, an even one itself.
      .replaceAll(/(?<=(?<!\\)(?:\\\\)*)(?<!`)(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, ' ')
  );
}

describe('a finding in words', () => {
  it('says how severe, what, where, why and how to correct', () => {
    const text = renderRoomMessage(finding({ url: 'https://github.com/acme/shop/pull/7#r1' }), PERSONA);
    for (const part of [
      'high',
      'SQL built from input',
      '`src/db.ts:15`',
      'Use `?` parameters',
      'Why: The rule is sure.',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain('[CWE-89](https://cwe.mitre.org/data/definitions/89.html)');
    expect(text).toContain('[acme/shop pull request 7](https://github.com/acme/shop/pull/7#r1)');
    expect(text).toContain('Reply and say why');
    expect(text).toContain('```typescript\ndb.query("select " + id)\n```');
  });

  it('names the persona inline and leaves the code to the host', () => {
    const text = renderInlineComment(finding(), PERSONA);
    expect(text).toContain('🛡️ **Security AI**');
    expect(text).not.toContain('db.query');
  });

  it('follows the style of the persona', () => {
    const terse = { ...PERSONA, style: { formality: 0.9, verbosity: 0.1 } };
    const text = renderInlineComment(finding(), terse);
    expect(text).toContain('please reply with the reason');
    expect(text).not.toContain('parameters');
    expect(text).not.toContain('Why:');
  });

  it('shows first what people taught, with its link', () => {
    const why = [
      { kind: 'analyzer', text: 'The rule is sure' },
      { kind: 'memory', text: 'Ann confirmed a similar one', link: 'https://github.com/acme/shop/pull/3#r9' },
    ];
    const text = renderInlineComment(finding({ judgement: { verdict: 'post', score: 0.9, why } }), PERSONA);
    expect(text).toContain('Why: Ann confirmed a similar one. ([said here](https://github.com/acme/shop/pull/3#r9))');
  });

  it.each(['evidence', 'title', 'message', 'path'])('is not hijacked by a hostile %s', (field) => {
    const hostile = finding({ [field]: HOSTILE });
    for (const text of [renderRoomMessage(hostile, PERSONA), renderInlineComment(hostile, PERSONA)]) {
      expect(text).not.toMatch(/@alice|<!--|<img(?![^`]*`)|\u202E/);
      expect(outsideCode(text)).not.toMatch(/<img|!\[t\]|#12/);
    }
  });
});

describe('the summary', () => {
  it('lists findings, worst first, and what was withheld because of whom', () => {
    const low = finding({ id: 'f2', severity: 'low', title: 'A small thing' });
    const why = [{ kind: 'memory', text: 'Ann said it is parameterized', link: 'https://x.test/1' }];
    const quiet = finding({ id: 'f3', status: 'withheld', judgement: { verdict: 'skip', score: 0.1, why } });
    const text = renderSummary({ review: review(), findings: [low, finding(), quiet], personas: [PERSONA] });
    expect(text).toContain('### 2 findings');
    expect(text.indexOf('SQL built')).toBeLessThan(text.indexOf('A small thing'));
    expect(text).toContain('1 finding withheld, 1 of them by what people taught.');
    expect(text).toContain('Ann said it is parameterized. ([said here](https://x.test/1))');
  });

  it('says so when there is nothing, and names what was not read', () => {
    const empty = renderSummary({
      review: review({ skipped: [{ path: 'logo.png', reason: 'binary' }] }),
      findings: [],
      personas: [],
    });
    expect(empty).toContain('Nothing to report');
    expect(empty).toContain('Not reviewed: `logo.png` (binary).');
  });

  it('counts settled findings and a failed review tells why', () => {
    const settled = [finding({ status: 'declined' }), finding({ id: 'f2', status: 'addressed' })];
    expect(renderSummary({ review: review(), findings: settled, personas: [] })).toContain('1 declined, 1 addressed');
    const failed = review({ status: 'failed', error: 'no <b>luck</b>' });
    expect(renderSummary({ review: failed, findings: [], personas: [] })).toContain('no &lt;b&gt;luck');
  });
});

describe('escaping', () => {
  it('keeps any text inside its block, line or span', () => {
    const text = fc.string({
      unit: fc.constantFrom('`', '\n', '~', '@', 'a', '<', '!', '-', '>', ' ', '[', ']', '(', '\\'),
    });
    fc.assert(
      fc.property(text, (raw) => {
        const lines = codeBlock(raw).split('\n');
        const fence = lines[0] ?? '';
        expect(lines.slice(1, -1).some((line) => line.trim().startsWith(fence))).toBe(false);
        expect(escapeLine(raw)).not.toMatch(/\n|@a|<!--/);
        expect(outsideCode(escapeLine(raw))).not.toContain('<');
        expect(codeSpan(raw)).not.toMatch(/\n|@a|<!--/);
        expect(outsideCode(escapeText(raw))).not.toMatch(/<|@a/);
      }),
    );
  });

  it.each([
    ['https://a.test/x', true],
    ['/findings/f1', true],
    ['//evil.test', false],
    ['javascript:alert(1)', false],
    ['https://a.test/) [x](http://b', false],
  ])('link to %s: %s', (address, safe) => expect(link('l', address).startsWith('[')).toBe(safe));

  it('cuts long evidence', () => expect(codeBlock('a\n'.repeat(500)).split('\n')).toHaveLength(23));
});
