import { execFile } from 'node:child_process';
import { ContinuumError } from '@continuum/contract/errors';

/**
 * Configuration that a repository could use to run a program or to bend the output, made inert. Ownership is no
 * question for us (`safe.directory`) because nothing of the repository is executed.
 */
const INERT = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.attributesFile=/dev/null',
  'core.quotePath=true',
  'core.bigFileThreshold=512m',
  'core.untrackedCache=false',
  'diff.external=',
  'diff.suppressBlankEmpty=false',
  'protocol.allow=never',
  'safe.directory=*',
].flatMap((setting) => ['-c', setting]);

/** Nothing of our own environment but the search path; no protocol, so a partial clone cannot call out. */
function gitEnvironment(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_PAGER: 'cat',
  };
}

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * Runs git with an argument list, never through a shell. Resolves with any exit code; throws NOT_A_REPOSITORY when the
 * folder or git itself is missing, PAYLOAD_TOO_LARGE beyond 512 MiB of output, ABORTED after a minute.
 */
export function runGit(folder: string, args: readonly string[], input = ''): Promise<GitResult> {
  const { promise, resolve, reject } = Promise.withResolvers<GitResult>();
  const options = { cwd: folder, env: gitEnvironment(), maxBuffer: MAX_OUTPUT_BYTES, timeout: TIMEOUT_MS };
  const child = execFile('git', [...INERT, ...args], { ...options, encoding: 'buffer' }, (error, stdout, stderr) => {
    const code = error === null ? 0 : error.code;
    if (typeof code === 'number') resolve({ code, stdout, stderr: stderr.toString('utf8').trim() });
    else reject(toFailure(error, folder));
  });
  // Git may end before it has read everything; its exit code tells why, the broken pipe does not.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return promise;
}

/** Standard output of a git call that must succeed. Throws INTERNAL with git's own words. */
export async function gitOutput(folder: string, args: readonly string[], input = ''): Promise<Buffer> {
  const { code, stdout, stderr } = await runGit(folder, args, input);
  if (code === 0) return stdout;
  throw new ContinuumError('INTERNAL', `git ${args[0]} failed (${code}): ${stderr.slice(0, 500)}`, {
    next: 'Run `git fsck` in the repository.',
  });
}

function toFailure(error: Error | null, folder: string): ContinuumError {
  const code = error !== null && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') {
    return new ContinuumError('NOT_A_REPOSITORY', `There is no readable folder ${folder}, or git is not installed.`, {
      next: 'Give the path of a git work tree, and check that `git --version` works.',
      cause: error,
    });
  }
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return new ContinuumError('PAYLOAD_TOO_LARGE', 'The change is larger than 512 MiB.', {
      next: 'Review a smaller range.',
    });
  }
  return new ContinuumError('ABORTED', 'git did not finish within a minute.', {
    next: 'Review a smaller range.',
    cause: error,
  });
}
