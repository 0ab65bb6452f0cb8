import { FindingId } from '@continuum/contract/ids';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  endsWithMarker,
  fenced,
  findingMarker,
  keyMarker,
  MAX_BODY,
  SUMMARY_MARKER,
  withMarker,
} from '../src/markers.ts';

describe('markers', () => {
  test('are one well-formed HTML comment and differ whenever the keys differ', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ minLength: 1 }), (a, b) => {
        const marker = keyMarker(a);
        expect(marker).toMatch(/^<!-- (?:(?!--|>).)+ -->$/);
        expect(marker === keyMarker(b)).toBe(a === b);
        expect(marker).not.toBe(findingMarker(FindingId.parse(b)));
        expect(marker).not.toBe(SUMMARY_MARKER);
      }),
    );
    expect(keyMarker('\u2d83')).not.toBe(keyMarker('-83'));
    expect(keyMarker('\u{d8}3d')).not.toBe(keyMarker('\u{1f600}'));
    expect(keyMarker('summary')).not.toBe(SUMMARY_MARKER);
    expect(keyMarker('a--><b>-')).toBe('<!-- continuum:a%2d-%3e%3cb%3e- -->');
  });

  test('count at the end only', () => {
    const marker = keyMarker('k');
    expect(endsWithMarker(`text\n\n${marker}\r\n`, marker)).toBe(true);
    expect(endsWithMarker(`> quoted ${marker}\n\nthe answer`, marker)).toBe(false);
    expect(endsWithMarker(null, marker)).toBe(false);
  });
});

describe('long bodies', () => {
  test('are cut to what GitHub takes, with note and marker, code blocks closed, no half character', () => {
    const piece = fc.constantFrom('word ', '\n```js\n', '\n```\n', '😀', '\n', '````');
    const text = fc.array(piece, { minLength: 1, maxLength: 50 }).map((pieces) => pieces.join('').repeat(9000));
    fc.assert(
      fc.property(text, (long) => {
        const body = withMarker(long, keyMarker('k'));
        expect(body.length).toBeLessThanOrEqual(MAX_BODY);
        expect(body.isWellFormed()).toBe(true);
        expect(endsWithMarker(body, keyMarker('k'))).toBe(true);
        expect(body.includes('_(cut: ')).toBe(long.length > MAX_BODY - 50);
      }),
      { numRuns: 30 },
    );
    const cut = withMarker(`\`\`\`js\n${'x\n'.repeat(50_000)}`, keyMarker('k'));
    expect(cut).toContain('\n```\n\n_(cut: ');
  });

  test('short ones stay as they are', () => {
    expect(withMarker('hello', keyMarker('k'))).toBe('hello\n\n<!-- continuum:k -->');
  });
});

describe('code blocks', () => {
  test('hold any text without closing early', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('`', '``', '```', 'a', '\n'), { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        const [first = '', ...rest] = fenced('suggestion', text).split('\n');
        const fence = first.replace('suggestion', '');
        expect(rest.findIndex((line) => line.startsWith(fence))).toBe(rest.length - 1);
        expect(rest.slice(0, -1).join('\n')).toBe(text.replace(/\n$/, ''));
      }),
    );
  });

  test('an empty suggestion deletes its lines', () => {
    expect(fenced('suggestion', '')).toBe('```suggestion\n```');
  });
});
