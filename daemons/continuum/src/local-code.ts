import type { CodeExcerpt, SearchCode } from '@continuum/contract/ports/code-search';
import { searchCode } from '@continuum/git/search';
import { checkouts } from '@continuum/host/checkouts';
import type { Core } from '@continuum/host/runtime';

const MOST_REPOSITORIES = 5;

/** Looks for code in the repositories of this machine that were reviewed here; one that is gone is passed over. */
export function localCode({ store, log }: Pick<Core, 'store' | 'log'>): SearchCode {
  return async ({ repo, words }) => {
    const known = Object.entries(await checkouts(store)).filter(([name]) => repo === undefined || name === repo);
    const found = await Promise.all(
      known.slice(-MOST_REPOSITORIES).map(
        ([name, folder]): Promise<CodeExcerpt[]> =>
          searchCode(folder, { repo: name, words }).catch((error: unknown) => {
            log.debug({ err: error, repo: name }, 'a repository could not be searched');
            return [];
          }),
      ),
    );
    return found.flat();
  };
}
