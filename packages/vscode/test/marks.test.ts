import { Finding } from '@continuum/contract/finding';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../src/markdown.ts';
import { escapeMarkdown, isShown, markOf, spanOf, whyOf } from '../src/marks.ts';
import { readFromPanel } from '../src/panel-messages.ts';
import { localRepository, repositoryOf } from '../src/repository.ts';
import { type LiveEvent, parseEvents } from '../src/server-sent-events.ts';

const FINDING = Finding.parse({
  ...{ id: 'fnd_1', reviewId: 'rev_1', repo: 'acme/shop', fingerprint: 'f', persona: 'security-ai', scope: '/' },
  ...{ rule: 'ast/js-eval', category: 'security', severity: 'critical', confidence: 0.9, path: 'a.js', line: 2 },
  ...{
    endLine: 2,
    evidence: 'eval(input)',
    title: 'Code is run',
    message: 'Never `eval` <b>input</b>.',
    cwe: 'CWE-95',
  },
  facts: {
    ...{ language: 'javascript', pathClass: 'source', role: 'called', origins: [], guards: [], sanitizers: [] },
    ...{ enclosing: [], functionName: '', exported: false, callee: 'eval', frameworks: [] },
  },
  judgement: {
    verdict: 'post',
    score: 0.87,
    why: [
      { kind: 'memory', text: 'ana affirmed *this*', author: 'ana', link: 'https://example.com/1' },
      { kind: 'memory', text: 'odd', link: 'javascript:alert(1)' },
    ],
  },
  ...{ status: 'posted', at: '2026-03-01T12:00:00Z', references: ['https://cwe.mitre.org/95'] },
});

describe('a finding in the editor', () => {
  test('stands where its evidence stands', () => {
    const text = ['const a = 1;', '  return eval(input) + 1;'];
    expect(spanOf(FINDING, text)).toEqual({ startLine: 1, startColumn: 9, endLine: 1, endColumn: 20 });
    expect(spanOf({ ...FINDING, evidence: 'gone' }, text)).toMatchObject({ startColumn: 2, endColumn: 25 });
    const two = { line: 1, endLine: 2, evidence: 'const a = 1;\n  return' };
    expect(spanOf(two, text)).toEqual({ startLine: 0, startColumn: 0, endLine: 1, endColumn: 25 });
  });

  test('always has a place, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.integer({ min: 1, max: 9 }), fc.string(), (text, line, evidence) => {
        const span = spanOf({ line, endLine: line, evidence }, text);
        expect(span.startColumn).toBeGreaterThanOrEqual(0);
        expect(span.endColumn).toBeGreaterThan(span.startColumn);
      }),
    );
  });

  test('is shown unless somebody or something withheld it', () => {
    const all = Finding.shape.status.options.filter((status) => isShown({ status }));
    expect(all).toEqual(['posted', 'confirmed']);
    expect([markOf('critical'), markOf('high'), markOf('info')]).toEqual(['error', 'warning', 'hint']);
  });

  test('says why with links, and runs nothing that people wrote', () => {
    const why = whyOf(FINDING);
    expect(why).toContain('87 %');
    expect(why).toContain('([said here](https://example.com/1))');
    expect(why).toContain(String.raw`ana affirmed \*this\* — ana`);
    expect(why).not.toContain('javascript:');
    const html = new MarkdownIt({ html: true }).render(why);
    expect(html).not.toContain('<b>');
    expect(html).toContain('<code>eval</code>');
  });

  test('escaped text renders as itself', () => {
    const markdown = new MarkdownIt({ html: true, linkify: false });
    fc.assert(
      fc.property(fc.stringMatching(/^[ -_a-~]{1,40}$/), (text) => {
        fc.pre(text.trim() === text && !/ {2}|^\d+[.)]/.test(text));
        const html = markdown.renderInline(escapeMarkdown(text));
        const shown = html
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&quot;', '"')
          .replaceAll('&amp;', '&');
        expect(shown).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a message in the panel', () => {
  const toHtml = createMarkdown();

  test.each([
    ['<img src=x onerror=alert(1)>', /<img/],
    ['<script>alert(1)</script>', /<script/],
    ['[a](javascript:alert(1))', /href/],
    ['[a](vscode://run)', /href/],
    ['[a](command:continuum.scope)', /href/],
    ['![a](https://evil.example/pixel.png)', /<img/],
  ])('%s brings in nothing', (text, harm) => {
    expect(toHtml(text)).not.toMatch(harm);
  });

  test('has links, code and quotes', () => {
    const html = toHtml('**a** `b` [c](https://example.com)\n\n> d\n\n<sub>small</sub>');
    for (const part of ['<strong>a</strong>', '<code>b</code>', 'href="https://example.com"', '<blockquote>', 'small'])
      expect(html).toContain(part);
    expect(html).not.toContain('sub&gt;');
  });

  test('from the panel is one of two, or nothing', () => {
    expect(readFromPanel({ type: 'say', text: ' hi ', replyTo: 'msg_1' })).toEqual({
      ...{ type: 'say', text: 'hi', replyTo: 'msg_1' },
    });
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(readFromPanel(value)).toBeUndefined();
      }),
    );
    expect(readFromPanel({ type: 'say', text: '  ' })).toBeUndefined();
    expect(readFromPanel({ type: 'say', text: 7 })).toBeUndefined();
  });
});

describe('the repository', () => {
  const config = (url: string, name = 'origin'): string =>
    `[core]\n\tbare = false\n[remote "${name}"]\n\tfetch = x\n\turl = ${url}\n`;

  test.each([
    ['git@github.com:acme/shop.git', 'acme/shop'],
    ['https://github.com/acme/shop.git', 'acme/shop'],
    ['https://token@git.example.com/acme/shop/', 'acme/shop'],
    ['ssh://git@git.example.com:22/acme/shop', 'acme/shop'],
    ['https://git.example.com/group/sub/shop.js.git', 'sub/shop.js'],
    ['../shop', undefined],
    ['https://git.example.com/a b/c', undefined],
  ])('%s is %s', (url, expected) => {
    expect(repositoryOf(config(url))).toBe(expected);
  });

  test('is that of origin, else of the first remote, else named after the folder', () => {
    expect(repositoryOf(config('x:a/fork', 'mine') + config('x:a/real'))).toBe('a/real');
    expect(repositoryOf(config('x:a/fork', 'mine'))).toBe('a/fork');
    expect(repositoryOf('')).toBeUndefined();
    expect([localRepository('My shop!'), localRepository('…')]).toEqual(['local/My-shop-', 'local/workspace']);
  });
});

describe('live events', () => {
  async function read(chunks: readonly string[]): Promise<LiveEvent[]> {
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
        controller.close();
      },
    });
    const events: LiveEvent[] = [];
    for await (const event of parseEvents(stream)) events.push(event);
    return events;
  }

  test('are read however the network cuts them', async () => {
    const events = [
      { name: 'room:message', payload: { roomId: 'dev-updates', words: 'ü\n\n' } },
      { name: 'scope:left', payload: { persona: 'security-ai' } },
    ];
    const text = events
      .map((event) => `id: 1\nevent: ${event.name}\ndata: ${JSON.stringify(event)}\n\n`)
      .join(': alive\n\n');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 6 }), async (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const chunks = places.slice(1).map((end, index) => text.slice(places[index], end));
        expect(await read(chunks)).toEqual(events);
      }),
    );
  });

  test('broken ones are left out', async () => {
    expect(await read(['data: {\n\n', 'data: 1\n\n', 'data: {"name":1,"payload":{}}\n\n', ': alive\n\n'])).toEqual([]);
  });
});
