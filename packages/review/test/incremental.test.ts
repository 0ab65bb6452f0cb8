import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conclude } from '../src/conclusion.ts';
import { danger, inParts } from '../src/danger.ts';
import { changedSince, goneFrom, standingOf, tookSuggestion, withUnread } from '../src/incremental.ts';
import { file } from './change.ts';

const lines = new Map([['src/a.js', new Set([3, 4])]]);
const at = (path: string, line: number, endLine = line) => ({ path, line, endLine });

describe('what a push made new', () => {
  const change = {
    ...{ repo: 'acme/shop', title: '', skipped: [] },
    files: [file('src/a.js', ['x']), file('src/b.js', ['y'])],
  };

  it('only files that changed are read, the others stand as they were read', () => {
    const { change: narrowed, untouched } = changedSince(change, lines);
    expect(narrowed.files.map(({ path }) => path)).toEqual(['src/a.js']);
    expect([...untouched]).toEqual(['src/b.js']);
  });

  it('what is judged together is read together, and what could not be read before is read now', () => {
    const manifests = (path: string) => path.endsWith('.json');
    const files = [file('package.json', ['x']), file('package-lock.json', ['y']), file('b.js', ['z'])];
    const { untouched } = changedSince({ ...change, files }, new Map([['package.json', new Set([1])]]), manifests);
    expect([...untouched]).toEqual(['b.js']);
    const unread = withUnread(lines, { ...change, files }, [{ path: 'b.js' }, { path: 'gone.js' }]);
    expect([...unread.keys()]).toEqual(['src/a.js', 'b.js']);
  });

  it('a claim is new, told already, or decided already', () => {
    const withheld = { status: 'withheld', withheldBecause: 'judgement' } as const;
    expect(standingOf(at('src/a.js', 9), undefined, lines)).toBe('new');
    expect(standingOf(at('src/a.js', 3), { status: 'declined' }, lines)).toBe('raised');
    expect(standingOf(at('src/a.js', 9), { status: 'addressed' }, lines)).toBe('new');
    expect(standingOf(at('src/a.js', 9), withheld, lines)).toBe('decided');
    expect(standingOf(at('src/a.js', 1, 3), withheld, lines)).toBe('new');
    expect(standingOf(at('src/a.js', 9), withheld, undefined)).toBe('new');
    expect(standingOf(at('src/a.js', 9), { status: 'withheld', withheldBecause: 'cap' }, lines)).toBe('new');
  });
});

describe('what is fixed', () => {
  const finding = { fingerprint: 'f', path: 'src/a.js', rule: 'ast/x', evidence: 'exec(name)', claimedBy: ['ast'] };
  const seen = { fingerprints: new Set<string>(), unread: new Set<string>(), textOf: () => 'exec( name )' };

  it('what the newest head no longer shows, where it was looked', () => {
    expect(goneFrom([finding], seen)).toEqual([finding]);
    expect(goneFrom([finding], { ...seen, fingerprints: new Set(['f']) })).toEqual([]);
    expect(goneFrom([finding], { ...seen, unread: new Set(['src/a.js']) })).toEqual([]);
  });

  it('neither does a tool in CI that did not run again', () => {
    const ofCi = { ...finding, claimedBy: ['ci-semgrep'] };
    expect(goneFrom([ofCi], seen)).toEqual([]);
    expect(goneFrom([ofCi], { ...seen, textOf: () => 'safe(name)' })).toEqual([ofCi]);
    expect(goneFrom([{ ...ofCi, claimedBy: ['ast', 'ci-semgrep'] }], seen)).toHaveLength(1);
  });

  it('a model that says less proves nothing while its code stands', () => {
    const ofModel = { ...finding, rule: 'model/review' };
    expect(goneFrom([ofModel], seen)).toEqual([]);
    expect(goneFrom([ofModel], { ...seen, textOf: () => undefined })).toEqual([ofModel]);
  });

  it('a suggestion was taken when its text stands where the old one stood', () => {
    const suggestion = { startLine: 1, endLine: 1, replacement: 'execFile("ls", [name])' };
    expect(tookSuggestion({ ...finding, suggestion }, "x();\nexecFile('ls', [name]);\n")).toBe(true);
    expect(tookSuggestion({ ...finding, suggestion }, 'exec(name);\nexecFile("ls", [name]);')).toBe(false);
    expect(tookSuggestion({ ...finding, suggestion }, 'safe(name);')).toBe(false);
    expect(tookSuggestion(finding, 'safe(name);')).toBe(false);
  });
});

describe('large changes', () => {
  it('reads the most dangerous files first and names what does not fit', () => {
    const files = [
      file('docs/guide.md', ['exec the plan']),
      file('src/colour.ts', ['const red = 1;']),
      file('src/auth/login.ts', ['db.query(`select ${name}`);']),
      file('src/run.ts', ['exec(name);']),
    ];
    const { parts, left } = inParts(files, { linesPerPart: 2, maxLines: 3 });
    expect(parts.map((part) => part.map(({ path }) => path))).toEqual([
      ['src/auth/login.ts', 'src/run.ts'],
      ['src/colour.ts'],
    ]);
    expect(left.map(({ path }) => path)).toEqual(['docs/guide.md']);
  });

  it('loses and doubles no file, keeps to its limits, and does not depend on the order', () => {
    const some = fc.uniqueArray(
      fc.record({
        path: fc.stringMatching(/^[a-z]{1,4}\/[a-z]{1,4}\.(ts|md)$/),
        size: fc.integer({ min: 0, max: 30 }),
      }),
      { selector: ({ path }) => path, maxLength: 12 },
    );
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 120 }), (sizes, part, max) => {
        const files = sizes.map(({ path, size }) =>
          file(
            path,
            Array.from({ length: size }, () => 'x'),
          ),
        );
        const options = { linesPerPart: part, maxLines: max };
        const { parts, left } = inParts(files, options);
        const paths = [...parts.flat(), ...left].map(({ path }) => path).sort();
        expect(paths).toEqual(files.map(({ path }) => path).sort());
        const size = (group: readonly { path: string }[]) =>
          group.reduce((sum, { path }) => sum + (sizes.find((each) => each.path === path)?.size ?? 0), 0);
        expect(size(parts.flat())).toBeLessThanOrEqual(max);
        for (const group of parts) expect(group.length === 1 || size(group) <= part).toBe(true);
        expect(inParts(files.toReversed(), options)).toEqual({ parts, left });
      }),
    );
  });

  it('what runs where strangers reach it is more dangerous than what nobody runs', () => {
    const order = ['src/api/login.ts', 'src/a.ts', 'test/a.test.ts'].map((path) => danger(file(path, ['x'])));
    expect(order).toEqual(order.toSorted((a, b) => b - a));
    expect(new Set(order).size).toBe(3);
  });
});

describe('how the check ends', () => {
  it.each([
    [[], 'critical', 'success'],
    [['high'], 'critical', 'neutral'],
    [['low', 'critical'], 'critical', 'failure'],
    [['high'], 'high', 'failure'],
    [['critical'], 'never', 'neutral'],
  ] as const)('%j with failOn %s is %s', (severities, failOn, conclusion) => {
    expect(
      conclude(
        severities.map((severity) => ({ severity })),
        failOn,
      ),
    ).toBe(conclusion);
  });
});
