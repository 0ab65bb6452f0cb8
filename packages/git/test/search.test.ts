import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { searchCode } from '../src/search.ts';
import { Repository } from './repository.ts';

const SESSION = [
  'import x;',
  '',
  'export function requireSession(req, res) {',
  '  if (expired) res.status(401).end();',
  '}',
];

describe('code by its words', () => {
  test('is found in files that hold all of them, with the lines around', async () => {
    using repository = new Repository();
    repository.write('src/auth/session.ts', [...Array(40).fill('// filler'), ...SESSION].join('\n'));
    repository.write('src/other.ts', 'const expired = 1;\n');
    repository.commit();
    repository.write('src/auth/session.ts', 'not committed: expired 401');
    const [excerpt, ...rest] = await searchCode(repository.folder, { repo: 'a/b', words: ['EXPIRED', '401'] });
    expect(rest).toEqual([]);
    expect(excerpt).toMatchObject({ repo: 'a/b', path: 'src/auth/session.ts', line: 40 });
    expect(excerpt?.text.split('\n')[4]).toBe('  if (expired) res.status(401).end();');
  });

  test('is found when one word is missing, and not when more are', async () => {
    using repository = new Repository();
    repository.write('a b/ü.ts', SESSION.join('\n'));
    repository.commit();
    const search = (...words: string[]) => searchCode(repository.folder, { repo: 'a/b', words });
    expect(await search('expired', '401', 'nowhere')).toMatchObject([{ path: 'a b/ü.ts', line: 1 }]);
    expect(await search('expired', 'nowhere', 'neither')).toEqual([]);
    expect(await search('expired')).toEqual([]);
  });

  test('from a folder below the top names paths from the top', async () => {
    using repository = new Repository();
    repository.write('src/a.ts', SESSION.join('\n'));
    repository.commit();
    const found = await searchCode(join(repository.folder, 'src'), { repo: 'a/b', words: ['expired', '401'] });
    expect(found).toMatchObject([{ path: 'src/a.ts' }]);
  });

  test('of a repository without a commit is none, and of no repository an error', async () => {
    using repository = new Repository();
    expect(await searchCode(repository.folder, { repo: 'a/b', words: ['a1', 'b2'] })).toEqual([]);
    const nowhere = searchCode(join(repository.folder, 'nowhere'), { repo: 'a/b', words: ['a1', 'b2'] });
    await expect(nowhere).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
  });

  test('words are data: no option, no pattern, no command', async () => {
    using repository = new Repository();
    repository.write('src/a.ts', 'const pattern = /.*/; // --open-files-in-pager');
    repository.commit();
    const marker = join(repository.folder, 'ran');
    const hostile = [
      '--open-files-in-pager=touch ran',
      `-O${marker}`,
      '--no-index',
      '$(touch ran)',
      '`touch ran`',
      '.*',
      '-f',
    ];
    const words = fc.array(fc.oneof(fc.constantFrom(...hostile), fc.string({ maxLength: 12 })), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(words, async (some) => {
        for (const { path } of await searchCode(repository.folder, { repo: 'a/b', words: some }))
          expect(path).toBe('src/a.ts');
      }),
      { numRuns: 25 },
    );
    expect(existsSync(marker)).toBe(false);
    expect(await searchCode(repository.folder, { repo: 'a/b', words: ['.*', 'p.ttern'] })).toEqual([]);
    expect(await searchCode(repository.folder, { repo: 'a/b', words: ['.*', 'pattern'] })).toHaveLength(1);
  });
});
