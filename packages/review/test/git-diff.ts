import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export type Tree = Readonly<Record<string, string | Buffer>>;

const GIT_ENV = { PATH: process.env.PATH ?? '', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };

/** What real git writes as the difference of two trees. */
export function gitDiff(before: Tree, after: Tree, ...flags: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'continuum-diff-'));
  try {
    write(join(folder, 'old'), before);
    write(join(folder, 'new'), after);
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'core.autocrlf=false', ...args], { cwd: folder, env: GIT_ENV, encoding: 'utf8' });
    git('init', '-q', '--bare', '.git');
    const trees = ['old', 'new'].map((side) => {
      git('--git-dir=.git', `--work-tree=${side}`, 'add', '-A', '-f');
      return git('--git-dir=.git', 'write-tree').trim();
    });
    return git('--git-dir=.git', 'diff', '--no-ext-diff', '--find-renames', ...flags, ...trees);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(root: string, tree: Tree): void {
  mkdirSync(root, { recursive: true });
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}
