import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rangeChangeSet, repoName } from '../src/local-changes.ts';
import { Repository } from './repository.ts';

/** A repository whose configuration, attributes and hooks all try to leave a file behind. */
function hostileRepository(): { repository: Repository; trace: string } {
  const repository = new Repository();
  const trace = join(repository.folder, 'executed');
  const script = join(repository.folder, '.git', 'evil.sh');
  repository.write('.git/evil.sh', `#!/bin/sh\necho "$0 $@" >> ${trace}\ncat\n`);
  chmodSync(script, 0o755);
  repository.write('.gitattributes', '*.js diff=evil filter=evil merge=evil\n*.ts binary\n*.py -diff\n');
  repository.write('a.js', 'a one\n');
  repository.write('b.ts', 'b one\n');
  repository.write('c.py', 'c one\n');
  repository.git('add', '-A');
  repository.git('commit', '-q', '-m', 'first');
  repository.write('a.js', 'a two\n');
  repository.write('b.ts', 'b two\n');
  repository.write('c.py', 'c two\n');
  repository.git('add', '-A');
  repository.git('commit', '-q', '-m', 'second');
  for (const hook of [
    'post-checkout',
    'pre-commit',
    'reference-transaction',
    'post-index-change',
    'fsmonitor-watchman',
  ]) {
    repository.write(`.git/hooks/${hook}`, `#!/bin/sh\necho hook >> ${trace}\n`);
    chmodSync(join(repository.folder, '.git/hooks', hook), 0o755);
  }
  const settings = {
    'diff.external': script,
    'diff.evil.textconv': script,
    'diff.evil.command': script,
    'filter.evil.clean': script,
    'filter.evil.smudge': script,
    'filter.evil.process': script,
    'core.fsmonitor': script,
    'core.pager': script,
    'core.sshCommand': script,
    'core.editor': script,
    'core.hooksPath': '.git/hooks',
    'core.alternateRefsCommand': script,
    'gpg.program': script,
    'log.showSignature': 'true',
    'credential.helper': `!${script}`,
    'alias.diff-tree': `!${script}`,
    'core.bigFileThreshold': '1',
    'diff.noprefix': 'true',
    'diff.submodule': 'log',
    'extensions.partialClone': 'evil',
    'remote.evil.promisor': 'true',
    'remote.evil.url': `ext::${script}`,
    'remote.evil.uploadpack': script,
    'protocol.ext.allow': 'always',
    'protocol.allow': 'always',
  };
  repository.git('config', 'core.repositoryFormatVersion', '1');
  for (const [key, value] of Object.entries(settings)) repository.git('config', key, value);
  return { repository, trace };
}

describe('a hostile repository', () => {
  it('executes nothing and hides nothing', async () => {
    const { repository, trace } = hostileRepository();
    using _ = repository;
    const change = await rangeChangeSet({ folder: repository.folder, base: 'HEAD~1', head: 'HEAD' });
    expect(await repoName(repository.folder)).toMatch(/^local\//);
    expect(change.skipped).toEqual([]);
    expect(change.files.map(({ path, content }) => [path, content])).toEqual([
      ['a.js', 'a two\n'],
      ['b.ts', 'b two\n'],
      ['c.py', 'c two\n'],
    ]);
    for (const { hunks } of change.files) expect(hunks[0]?.lines.map(({ kind }) => kind)).toEqual(['delete', 'add']);
    expect(existsSync(trace)).toBe(false);
  });

  it('does not fetch what a partial clone lacks', async () => {
    const { repository, trace } = hostileRepository();
    using _ = repository;
    const blob = repository.git('rev-parse', 'HEAD:a.js');
    repository.remove(`.git/objects/${blob.slice(0, 2)}/${blob.slice(2)}`);
    const change = await rangeChangeSet({ folder: repository.folder, base: 'HEAD~1', head: 'HEAD' });
    expect(change.skipped).toMatchObject([{ path: 'a.js', reason: 'ignored' }]);
    expect(change.files.map(({ path }) => path)).toEqual(['b.ts', 'c.py']);
    expect(existsSync(trace)).toBe(false);
  });

  it('would execute when read without care: the trap works', () => {
    const { repository, trace } = hostileRepository();
    using _ = repository;
    repository.git('-c', 'core.fsmonitor=false', 'diff', 'HEAD~1', 'HEAD');
    expect(existsSync(trace)).toBe(true);
  });
});
