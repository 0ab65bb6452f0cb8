import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hasCommits, rangePatch, treeFiles } from '../src/tree-files.ts';
import { Repository } from './repository.ts';

const under = { under: '.continuum', maxBytes: 100 };

it('reads plain files of a commit, and not what the work tree or a link says', async () => {
  using repository = new Repository();
  repository.write('.continuum/lessons.jsonl', 'merged\n');
  repository.write('.continuum/personas/ä.json', '{}');
  repository.write('.continuum/large', 'x'.repeat(101));
  repository.write('.continuum/bytes', Buffer.from([0xff, 0xfe]));
  repository.write('other/lessons.jsonl', 'elsewhere\n');
  symlinkSync('/etc/hostname', join(repository.folder, '.continuum', 'link'));
  const base = repository.commit();
  repository.write('.continuum/lessons.jsonl', 'a stranger says\n');
  const files = await treeFiles(repository.folder, { revision: base, ...under });
  expect([...files]).toEqual([
    ['.continuum/lessons.jsonl', 'merged\n'],
    ['.continuum/personas/ä.json', '{}'],
  ]);
});

it('finds nothing where the folder is none, and takes no revision for an option', async () => {
  using repository = new Repository();
  repository.write('.continuum', 'a file\n');
  repository.commit();
  expect(await treeFiles(repository.folder, { revision: 'HEAD', ...under })).toEqual(new Map());
  await expect(treeFiles(repository.folder, { revision: '--output=x', ...under })).rejects.toMatchObject({
    code: 'UNKNOWN_REVISION',
  });
});

it('knows which commits this clone has, and their patch', async () => {
  using repository = new Repository();
  repository.write('a.txt', 'one\n');
  const base = repository.commit();
  repository.write('a.txt', 'two\n');
  const head = repository.commit();
  expect(await hasCommits(repository.folder, [base, head])).toBe(true);
  expect(await hasCommits(repository.folder, [base, 'f'.repeat(40)])).toBe(false);
  expect(await rangePatch(repository.folder, base, head)).toContain('-one\n+two\n');
  expect(await rangePatch(repository.folder, head, head)).toBe('');
  await expect(hasCommits('/nowhere-at-all', [base])).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
});
