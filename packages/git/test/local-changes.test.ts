import { symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addedLines, ChangeSet } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange, rangeChangeSet, repoName } from '../src/local-changes.ts';
import { Repository } from './repository.ts';

describe('parseRange', () => {
  it.each([
    ['main..HEAD', 'main', 'HEAD'],
    ['main...topic', 'main...', 'topic'],
    ['HEAD~5', 'HEAD~5', 'HEAD'],
    ['v1.0..', 'v1.0', 'HEAD'],
    ['..topic', 'HEAD', 'topic'],
  ])('%s', (text, base, head) => expect(parseRange(text)).toEqual({ base, head }));
});

describe('any revision text', () => {
  it('splits into its two sides', () => {
    const revision = fc.stringMatching(/^[\w/~^@{}-]+(\.[\w/-]+)*$/);
    fc.assert(
      fc.property(revision, revision, (base, head) => {
        expect(parseRange(`${base}..${head}`)).toEqual({ base, head });
        expect(parseRange(`${base}...${head}`)).toEqual({ base: `${base}...`, head });
      }),
    );
  });

  it('is a revision or is refused, and reaches no option of git', async () => {
    using repository = new Repository();
    repository.commit();
    const part = fc.constantFrom(
      '-',
      '--',
      'output=x',
      'HEAD',
      '^',
      '{',
      '}',
      ':',
      '/',
      '.',
      '\0',
      '\n',
      ' ',
      ';',
      '`',
      '$',
      'é',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
        const change = rangeChangeSet({ folder: repository.folder, base: parts.join(''), head: 'HEAD' });
        const outcome = await change.then(
          () => 'read',
          (error: unknown) => (error instanceof ContinuumError ? error.code : String(error)),
        );
        expect(['read', 'UNKNOWN_REVISION']).toContain(outcome);
      }),
      { numRuns: 25 },
    );
    expect(repository.git('status', '--porcelain')).toBe('');
  });
});

describe('rangeChangeSet', () => {
  it('reads statuses, whole contents and hunks', async () => {
    using repository = new Repository();
    repository.write('a.js', 'one\r\ntwo\r\n');
    repository.write('old name.js', '1\n2\n3\n4\n5\n');
    repository.write('gone.js', 'x\n');
    const base = repository.commit('first');
    repository.write('a.js', 'one\r\n2\r\nthree');
    repository.remove('old name.js');
    repository.write('häß/new\tname.js', '1\n2\n3\n4\n5\n6\n');
    repository.remove('gone.js');
    repository.write('empty.js', '');
    const head = repository.commit('second: more');
    const change = await rangeChangeSet({
      folder: repository.folder,
      ...parseRange('HEAD~1..HEAD'),
      name: 'acme/shop',
    });
    expect(ChangeSet.safeParse(change).success).toBe(true);
    expect(change).toMatchObject({ repo: 'acme/shop', base, head, title: 'second: more', author: 'Ada', skipped: [] });
    expect(
      change.files.map(({ path, status, previousPath, content }) => [path, status, previousPath, content]),
    ).toEqual([
      ['a.js', 'modified', undefined, 'one\r\n2\r\nthree'],
      ['empty.js', 'added', undefined, ''],
      ['gone.js', 'deleted', undefined, null],
      ['häß/new\tname.js', 'renamed', 'old name.js', '1\n2\n3\n4\n5\n6\n'],
    ]);
    expect(change.files.map((file) => [...addedLines(file)])).toEqual([[2, 3], [], [], [6]]);
  });

  it('compares with the merge base for three dots', async () => {
    using repository = new Repository();
    repository.write('a.js', 'x\n');
    repository.commit();
    repository.git('checkout', '-q', '-b', 'topic');
    repository.write('topic.js', 'topic\n');
    repository.commit();
    repository.git('checkout', '-q', 'main');
    repository.write('main.js', 'main();\n');
    repository.commit();
    const paths = async (range: string) =>
      (await rangeChangeSet({ folder: repository.folder, ...parseRange(range) })).files.map(({ path, status }) => [
        path,
        status,
      ]);
    expect(await paths('main...topic')).toEqual([['topic.js', 'added']]);
    expect(await paths('main..topic')).toEqual([
      ['main.js', 'deleted'],
      ['topic.js', 'added'],
    ]);
    expect(await paths('4b825dc642cb6eb9a060e54bf8d69288fbee4904..topic')).toHaveLength(2);
  });

  it('names what cannot be reviewed', async () => {
    using repository = new Repository();
    repository.commit();
    repository.write('logo.png', Buffer.from([1, 0, 2]));
    repository.write('latin1.js', Buffer.from('// h\xe4\n', 'latin1'));
    repository.write('huge.js', 'x\n'.repeat(600_000));
    repository.write('fine.js', 'x\n');
    symlinkSync('/etc/passwd', join(repository.folder, 'link'));
    writeFileSync(
      Buffer.concat([Buffer.from(`${repository.folder}/b`), Buffer.from([0xe4]), Buffer.from('d.js')]),
      'x',
    );
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lib`);
    repository.commit();
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lib`);
    repository.git('commit', '-q', '-m', 'module');
    const change = await rangeChangeSet({ folder: repository.folder, base: 'HEAD~2', head: 'HEAD' });
    expect(change.files.map(({ path }) => path)).toEqual(['fine.js']);
    expect(Object.fromEntries(change.skipped.map(({ path, reason }) => [path, reason]))).toEqual({
      'b\xe4d.js': 'unreadable-name',
      'huge.js': 'too-large',
      'latin1.js': 'not-utf8',
      lib: 'submodule',
      link: 'ignored',
      'logo.png': 'binary',
    });
  });

  it('says what to do about a folder or a revision that is not there', async () => {
    using repository = new Repository();
    repository.commit();
    const folder = repository.folder;
    await expect(rangeChangeSet({ folder: tmpdir(), base: 'a', head: 'b' })).rejects.toMatchObject({
      code: 'NOT_A_REPOSITORY',
    });
    await expect(rangeChangeSet({ folder: `${folder}/none`, base: 'a', head: 'b' })).rejects.toMatchObject({
      code: 'NOT_A_REPOSITORY',
    });
    for (const base of ['HEAD~7', 'nope', '--output=/tmp/x', '-h', '', 'a\0b', 'HEAD^{/x', '$(touch x)']) {
      const refused = rangeChangeSet({ folder, base, head: 'HEAD' });
      await expect(refused, base).rejects.toMatchObject({ code: 'UNKNOWN_REVISION', next: expect.any(String) });
    }
  });

  it('reads 50,000 changed lines in a few seconds', async () => {
    using repository = new Repository();
    repository.commit();
    for (let file = 0; file < 100; file += 1) {
      repository.write(
        `src/${file}.js`,
        Array.from({ length: 500 }, (_, line) => `call(${file}, ${line});\n`).join(''),
      );
    }
    repository.commit();
    const started = performance.now();
    const change = await rangeChangeSet({ folder: repository.folder, base: 'HEAD~1', head: 'HEAD' });
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(change.files.reduce((sum, file) => sum + addedLines(file).size, 0)).toBe(50_000);
  });
});

describe('repoName', () => {
  it.each([
    ['git@github.com:acme/shop.git', 'acme/shop'],
    ['https://github.com/acme/shop', 'acme/shop'],
    ['ssh://git@host:2222/group/acme/shop.git/', 'acme/shop'],
  ])('%s', async (url, name) => {
    using repository = new Repository();
    repository.git('remote', 'add', 'origin', url);
    expect(await repoName(repository.folder)).toBe(name);
  });

  it('is local without a remote, or with one on disk', async () => {
    using repository = new Repository();
    expect(await repoName(repository.folder)).toMatch(/^local\/continuum-git-/);
    repository.git('remote', 'add', 'origin', '/srv/git/acme/shop.git');
    expect(await repoName(repository.folder)).toMatch(/^local\/continuum-git-/);
  });
});
