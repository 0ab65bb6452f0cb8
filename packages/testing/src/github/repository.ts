import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** What a path holds after a commit: text, bytes, nothing (deleted), or a submodule's commit id. */
export type FileContent = string | Uint8Array | null | { readonly submodule: string } | { readonly executable: string };

export interface CommitInput {
  readonly branch: string;
  readonly files: Readonly<Record<string, FileContent>>;
  readonly message: string;
  readonly author: string;
  /** Seconds since 1970. */
  readonly time: number;
  /** The branch begins anew from this commit (a force push). */
  readonly onto?: string;
}

/** Nothing of the machine's own git configuration, hooks or prompts takes part. */
const ENVIRONMENT = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
};

/** Runs git without a shell and returns its raw output. Rejects with git's own words. */
function git(folder: string, args: readonly string[], input?: Uint8Array | string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: ENVIRONMENT, encoding: 'buffer' as const, maxBuffer: 256 * 1024 * 1024 };
    const child = execFile('git', [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`git ${args[0]}: ${stderr.toString('utf8').trim()}`, { cause: error }));
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}

/** A real bare repository: every file, diff and id that the fake GitHub serves comes from the git binary. */
export interface GitRepository {
  readonly folder: string;
  /** Adds a commit to a branch (made from `main` when it is new); `before` is undefined for a new branch. */
  commit(input: CommitInput): Promise<{ readonly before: string | undefined; readonly after: string }>;
  /** The commit id of a branch or revision; undefined when there is none. */
  resolve(revision: string): Promise<string | undefined>;
  mergeBase(base: string, head: string): Promise<string>;
  /** Brings a commit of another repository, and all it stands on, into this one. */
  fetch(folder: string, commit: string): Promise<void>;
  /** Commits that `head` has and `base` lacks, oldest first. */
  commits(base: string, head: string): Promise<{ readonly oid: string; readonly message: string }[]>;
  /** Raw answer of a plumbing command. */
  run(...args: readonly string[]): Promise<Buffer>;
}

/** Makes an empty bare repository in `<parent>/<name>.git`. */
export async function createRepository(parent: string, name: string): Promise<GitRepository> {
  const folder = join(parent, `${name.replaceAll('/', '__')}.git`);
  await git(parent, ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', folder]);
  const run = (...args: readonly string[]): Promise<Buffer> => git(folder, args);
  const resolve = async (revision: string): Promise<string | undefined> => {
    const id = await run('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`).catch(
      () => '',
    );
    return id.toString().trim() || undefined;
  };
  return {
    folder,
    run,
    resolve,
    fetch: async (from, commit) => {
      const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'];
      await run('fetch', ...quiet, from, `${commit}:refs/forks/${commit}`);
    },
    commits: async (base, head) => {
      const text = (await run('log', '-z', '--reverse', '--format=%H%n%B', `${base}..${head}`)).toString('utf8');
      return text
        .split('\0')
        .filter((entry) => entry !== '')
        .map((entry) => {
          const [oid = '', ...message] = entry.split('\n');
          return { oid, message: message.join('\n').trim() };
        });
    },
    mergeBase: async (base, head) => (await run('merge-base', base, head)).toString().trim(),
    commit: async (input) => {
      const before = await resolve(`refs/heads/${input.branch}`);
      const parentId = input.onto ?? before ?? (await resolve('refs/heads/main'));
      const flags = ['--quiet', '--date-format=raw', ...(input.onto === undefined ? [] : ['--force'])];
      const answer = await git(folder, ['fast-import', ...flags], toFastImport(input, parentId));
      return { before, after: answer.toString().trim() };
    },
  };
}

/** The stream format of `git fast-import` (git-fast-import(1), "Input format"). */
function toFastImport(input: CommitInput, parent: string | undefined): Buffer {
  const email = `${input.author.replaceAll(/[^\w.-]/g, '')}@users.noreply.example`;
  const message = Buffer.from(input.message, 'utf8');
  const head = [
    `commit refs/heads/${input.branch}`,
    'mark :1',
    `committer ${input.author} <${email}> ${input.time} +0000`,
    `data ${message.length}`,
    '',
  ].join('\n');
  const from = parent === undefined ? '\n' : `\nfrom ${parent}\n`;
  const changes = Object.entries(input.files).map(([path, content]) => toChange(path, content));
  return Buffer.concat([
    Buffer.from(head),
    message,
    Buffer.from(from),
    ...changes,
    Buffer.from('\nget-mark :1\ndone\n'),
  ]);
}

function toChange(path: string, content: FileContent): Buffer {
  const name = JSON.stringify(path);
  if (content === null) return Buffer.from(`D ${name}\n`);
  if (typeof content === 'object' && 'submodule' in content) {
    return Buffer.from(`M 160000 ${content.submodule} ${name}\n`);
  }
  const executable = typeof content === 'object' && 'executable' in content;
  const bytes = Buffer.from(executable ? content.executable : content);
  const head = `M ${executable ? '100755' : '100644'} inline ${name}\ndata ${bytes.length}\n`;
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from('\n')]);
}
