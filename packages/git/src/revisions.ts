import { ContinuumError } from '@continuum/contract/errors';
import { gitOutput, runGit } from './run.ts';

/** Throws NOT_A_REPOSITORY unless git finds a repository at or above the folder. */
export async function requireRepository(folder: string): Promise<void> {
  const { code } = await runGit(folder, ['rev-parse', '--git-dir']);
  if (code === 0) return;
  throw new ContinuumError('NOT_A_REPOSITORY', `${folder} is no git repository.`, {
    next: 'Give the path of a git work tree (a folder with `.git`), or send a patch instead.',
  });
}

/** Full id of a commit (or of a tree, to compare with nothing). Throws UNKNOWN_REVISION. */
export async function resolveRevision(folder: string, revision: string): Promise<string> {
  for (const type of ['commit', 'tree']) {
    const id = await verify(folder, `${revision}^{${type}}`);
    if (id !== undefined) return id;
  }
  throw unknown(revision);
}

async function verify(folder: string, object: string): Promise<string | undefined> {
  if (hasControlCharacter(object) || object.startsWith('^{')) return undefined;
  const { code, stdout } = await runGit(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', object]);
  const id = stdout.toString('utf8').trim();
  return code === 0 && /^[0-9a-f]{40,64}$/.test(id) ? id : undefined;
}

function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** The commit where two histories part. Throws UNKNOWN_REVISION when they have nothing in common. */
export async function mergeBase(folder: string, one: string, other: string): Promise<string> {
  const { code, stdout } = await runGit(folder, ['merge-base', '--end-of-options', one, other]);
  const [id = ''] = stdout.toString('utf8').split('\n');
  if (code === 0 && id !== '') return id;
  throw new ContinuumError('UNKNOWN_REVISION', 'The two revisions have no commit in common.', {
    next: 'Use `base..head`, or fetch the full history with `git fetch --unshallow`.',
  });
}

export interface CommitAbout {
  readonly title: string;
  readonly author: string | undefined;
}

/** Subject and author of a commit, read off the raw object so that no log setting takes part. */
export async function commitAbout(folder: string, id: string): Promise<CommitAbout> {
  const { code, stdout } = await runGit(folder, ['cat-file', 'commit', id]);
  if (code !== 0) return { title: '', author: undefined };
  const text = stdout.toString('utf8');
  const end = text.indexOf('\n\n');
  const [title = ''] = text.slice(end + 2).split('\n', 1);
  return { title, author: /^author (.+?) </m.exec(text.slice(0, end))?.[1] };
}

/** The address of the remote `origin`, if it has one. */
export async function originUrl(folder: string): Promise<string | undefined> {
  const { code, stdout } = await runGit(folder, ['config', '--get', 'remote.origin.url']);
  return code === 0 ? stdout.toString('utf8').trim() : undefined;
}

/** The top of the work tree, or the folder itself in a bare repository. */
export async function topFolder(folder: string): Promise<string> {
  const { code, stdout } = await runGit(folder, ['rev-parse', '--show-toplevel']);
  const top = stdout.toString('utf8').trim();
  if (code === 0 && top !== '') return top;
  return (await gitOutput(folder, ['rev-parse', '--absolute-git-dir'])).toString('utf8').trim();
}

function unknown(revision: string): ContinuumError {
  const shown = revision.slice(0, 100).replace(/\p{Cc}/gu, '?');
  return new ContinuumError('UNKNOWN_REVISION', `The repository has no revision "${shown}".`, {
    next: 'Check `git log --oneline`; a shallow clone needs `git fetch --unshallow`.',
  });
}
