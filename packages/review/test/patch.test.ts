import { addedLines, ChangeSet } from '@continuum/contract/change-set';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFilePatch, parsePatch, sparseContent } from '../src/patch.ts';
import { gitDiff } from './git-diff.ts';

const ABOUT = { repo: 'local/test' };
const parse = (text: string) => parsePatch(text, ABOUT);
const only = (text: string) => {
  const change = parse(text);
  expect(change.files).toHaveLength(1);
  const [file] = change.files;
  if (file === undefined) throw new Error('no file');
  return file;
};
const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error instanceof Error && 'code' in error
      ? [error.code, 'next' in error && error.next !== undefined]
      : error;
  }
  return 'nothing thrown';
};

describe('parsePatch on what git writes', () => {
  it('numbers lines on both sides and names the statuses', () => {
    const change = parse(
      gitDiff(
        { 'a.js': 'one\ntwo\nthree\n', 'gone.js': 'x\n', 'old.js': '1\n2\n3\n4\n5\n6\n' },
        { 'a.js': 'one\n2\nthree\nfour\n', 'new.js': 'hello\n', 'moved/new name.js': '1\n2\n3\n4\n5\nsix\n' },
      ),
    );
    expect(() => ChangeSet.parse(change)).not.toThrow();
    expect(change.files.map(({ path, status, previousPath }) => [path, status, previousPath])).toEqual([
      ['a.js', 'modified', undefined],
      ['gone.js', 'deleted', undefined],
      ['moved/new name.js', 'renamed', 'old.js'],
      ['new.js', 'added', undefined],
    ]);
    const [modified, gone, , added] = change.files;
    expect(modified?.hunks[0]?.lines).toEqual([
      { kind: 'context', text: 'one', oldLine: 1, newLine: 1 },
      { kind: 'delete', text: 'two', oldLine: 2 },
      { kind: 'add', text: '2', newLine: 2 },
      { kind: 'context', text: 'three', oldLine: 3, newLine: 3 },
      { kind: 'add', text: 'four', newLine: 4 },
    ]);
    expect(gone).toMatchObject({ content: null, complete: true });
    expect(added).toMatchObject({ content: 'hello\n', complete: true });
    expect(modified).toMatchObject({ complete: false });
  });

  it('keeps CRLF of the file, and drops it when the whole patch was saved with CRLF', () => {
    const kept = only(gitDiff({ 'a.txt': 'x\r\n' }, { 'a.txt': 'x\r\n++ y\r\n' }));
    expect(kept.content).toBe('x\r\n++ y\r\n');
    const converted = gitDiff({ 'a.txt': 'x\n' }, { 'a.txt': 'x\ny\n' }).replaceAll('\n', '\r\n');
    expect(only(converted).content).toBe('x\ny\n');
  });

  it('knows a file without a final newline', () => {
    expect(only(gitDiff({}, { 'a.txt': 'x\ny' })).content).toBe('x\ny');
    expect(only(gitDiff({ 'a.txt': 'x' }, { 'a.txt': 'x\n' })).content).toBe('x\n');
    expect(only(gitDiff({ 'a.txt': 'x\n' }, { 'a.txt': 'x' })).content).toBe('x');
  });

  it('reads empty new files, emptied files and mode changes', () => {
    expect(only(gitDiff({}, { 'empty.js': '' }))).toMatchObject({ status: 'added', content: '', complete: true });
    expect(only(gitDiff({ 'a.js': 'x\n' }, { 'a.js': '' }))).toMatchObject({ status: 'modified', content: '' });
    const mode = 'diff --git a/run me.sh b/run me.sh\nold mode 100644\nnew mode 100755\n';
    expect(only(mode)).toMatchObject({ path: 'run me.sh', status: 'modified', hunks: [] });
  });

  it.each(['häßlich ☃.js', 'tab\there.js', 'quote".js', 'back\\slash.js', ' b/ b.js', 'a b/a b/c'])(
    'reads the name %j',
    (name) => {
      expect(only(gitDiff({ [name]: 'x\n' }, { [name]: 'y\n' })).path).toBe(name);
      expect(only(gitDiff({ [name]: 'x\n' }, { [name]: 'y\n' }, '--no-prefix')).path).toBe(name);
      expect(parse(gitDiff({ [name]: 'x\n' }, {})).files[0]?.path).toBe(name);
    },
  );

  it('names what it skips: binary, submodule, symbolic link, a name that is not UTF-8', () => {
    const binary = gitDiff({}, { 'logo.png': Buffer.from([0, 1, 2, 0, 255]) }, '--binary');
    const submodule =
      'diff --git a/lib b/lib\nindex 1111111..2222222 160000\n--- a/lib\n+++ b/lib\n@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n';
    const link =
      'diff --git a/l b/l\nnew file mode 120000\nindex 0000000..2222222\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n';
    const name =
      'diff --git "a/b\\344d.js" "b/b\\344d.js"\nindex 1111111..2222222 100644\n--- "a/b\\344d.js"\n+++ "b/b\\344d.js"\n@@ -1 +1 @@\n-x\n+y\n';
    const change = parse(binary + submodule + link + name);
    expect(change.files).toEqual([]);
    expect(change.skipped.map(({ path, reason }) => [path, reason])).toEqual([
      ['logo.png', 'binary'],
      ['lib', 'submodule'],
      ['l', 'ignored'],
      ['b\\344d.js', 'unreadable-name'],
    ]);
  });

  it('reads a merge from the side of its first parent', () => {
    const file = only(
      'diff --cc a.txt\nindex 1,2..3\n--- a/a.txt\n+++ b/a.txt\n@@@ -1,3 -1,3 +1,4 @@@\n  one\n- two\n -zwei\n++both\n+ theirs\n  three\n',
    );
    expect([...addedLines(file)]).toEqual([2, 3]);
    expect(file.content).toBe('one\nboth\ntheirs\nthree\n');
  });

  it('reads format-patch mails and plain diffs with timestamps', () => {
    const mail = `From 1234 Mon Sep 17 00:00:00 2001\nSubject: [PATCH] x\n\n---\n a.js | 1 +\n\n${gitDiff({ 'a.js': '' }, { 'a.js': 'x\n' })}-- \n2.39.5\n`;
    expect(only(mail).content).toBe('x\n');
    const plain = '--- old/a.js\t2024-01-01 00:00:00\n+++ new/a.js\t2024-01-02 00:00:00\n@@ -1 +1 @@\n-x\n+y\n';
    expect(only(plain)).toMatchObject({ path: 'new/a.js', status: 'modified' });
    expect(only('--- /dev/null\n+++ b/a.js\n@@ -0,0 +1 @@\n+y\n')).toMatchObject({ path: 'a.js', status: 'added' });
  });

  it('keeps the last patch of a file and names the earlier one', () => {
    const change = parse(gitDiff({}, { 'a.js': 'x\n' }) + gitDiff({ 'a.js': 'x\n' }, { 'a.js': 'y\n' }));
    expect(change.files.map(({ content }) => content)).toEqual(['y\n']);
    expect(change.skipped).toMatchObject([{ path: 'a.js', reason: 'ignored' }]);
  });
});

describe('parsePatch on what is no diff', () => {
  it.each(['', '\n\n', 'hello', '{"patch": 1}', '--- a\n+++ b\nno hunk', '@@ -1 +1 @@\n-x\n+y\n'])(
    'refuses %j',
    (text) => {
      expect(codeOf(() => parse(text))).toEqual(['NOT_A_DIFF', true]);
    },
  );

  it('refuses a damaged hunk and says where', () => {
    const cut = gitDiff({ 'a.js': '1\n2\n' }, { 'a.js': '1\n3\n' }).trimEnd().split('\n').slice(0, -1).join('\n');
    expect(codeOf(() => parse(cut))).toEqual(['NOT_A_DIFF', true]);
    expect(() => parse('--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-x\n*y\n')).toThrow(/line 5/);
  });

  it('does not build a giant text for a giant line number', () => {
    const change = parse('--- a/x\n+++ b/x\n@@ -999999999 +999999999 @@\n-x\n+y\n');
    expect(change).toMatchObject({ files: [], skipped: [{ path: 'x', reason: 'too-large' }] });
  });
});

const text = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      ' c',
      '-d',
      '+e',
      '\\ f',
      '@@ -1 +1 @@',
      '--- a/x',
      '+++ b/x',
      '',
      'x\r',
      'diff --git a b',
    ),
    { maxLength: 12 },
  )
  .chain((lines) => fc.boolean().map((end) => lines.join('\n') + (end && lines.length > 0 ? '\n' : '')));

describe('properties', () => {
  it('rebuilds any new file that git describes with full context', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after);
        const file = only(gitDiff({ 'a.txt': before }, { 'a.txt': after }, '-U1000'));
        expect(file.content).toBe(after);
        const old = file.hunks.flatMap(({ lines }) =>
          lines.filter(({ kind }) => kind !== 'add').map((line) => line.text),
        );
        expect(old.join('\n')).toBe(before.replace(/\n$/, ''));
      }),
      { numRuns: 40 },
    );
  });

  it('puts every added line where it stands in the new file, with gaps', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after);
        const patch = gitDiff(
          { 'a.txt': `${before}\n0\n0\n0\n0\n0\n0\n0\n${after}` },
          { 'a.txt': `${after}\n0\n0\n0\n0\n0\n0\n0\n${before}` },
          '-U1',
        );
        const whole = `${after}\n0\n0\n0\n0\n0\n0\n0\n${before}`.split('\n');
        const file = only(patch);
        const sparse = (file.content ?? '').split('\n');
        for (const line of addedLines(file)) expect(sparse[line - 1]).toBe(whole[line - 1]);
        expect(parseFilePatch(patch.slice(patch.indexOf('\n@@ ') + 1))).toEqual(file.hunks);
        expect(sparseContent(file.hunks).split('\n').length).toBeLessThanOrEqual(whole.length + 1);
      }),
      { numRuns: 30 },
    );
  });

  it('answers any text with a change set or NOT_A_DIFF', () => {
    const line = fc.constantFrom(
      'diff --git a/x b/x',
      'diff --cc x',
      '--- a/x',
      '+++ b/x',
      '@@ -1 +1 @@',
      '@@@ -1 -1 +1 @@@',
      '@@ -0,0 +0,0 @@',
      '@@ -0 +0 @@',
      '-x',
      '+x',
      ' x',
      '',
      '\\ No newline at end of file',
      'Binary files a and b differ',
      'rename from "',
      'rename to y',
      'index 1..2 160000',
      'x',
      '"',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        try {
          const change = parse(lines.join('\n'));
          expect(ChangeSet.safeParse(change).success).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'NOT_A_DIFF' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
