import type { ContinuumError } from '@continuum/contract/errors';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { createGithubHost } from '../src/code-host.ts';

export const REPO = 'acme/shop';

export interface World {
  readonly fake: FakeGithub;
  readonly host: CodeHost;
  /** A pull request of its own, on a branch of its own. */
  openPull(more?: { readonly body?: string; readonly title?: string }): Promise<number>;
}

/** A fake GitHub with one repository, and the adapter that talks to it. */
export async function startWorld(): Promise<World> {
  const fake = await startFakeGithub();
  await fake.createRepo(REPO, {
    collaborators: { alice: 'write' },
    files: { 'src/a.js': 'one\ntwo\nthree\n', 'src/other.js': 'x\n' },
  });
  let branches = 0;
  return {
    fake,
    host: createGithubHost({ apiUrl: fake.url, token: fake.token, throttle: false }),
    openPull: async (more = {}) => {
      branches += 1;
      const head = `b${branches}`;
      // No two of them are one commit.
      const files = { 'src/a.js': 'one\n2\nthree\nfour\n', [`docs/${head}.md`]: `${head}\n` };
      await fake.commit(REPO, head, files, 'Count on');
      return fake.openPullRequest(REPO, { head, title: 'Change a', author: 'alice', ...more });
    },
  };
}

/** What a promise is rejected with. */
export async function failure(work: Promise<unknown>): Promise<ContinuumError> {
  return work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: ContinuumError) => error,
  );
}
