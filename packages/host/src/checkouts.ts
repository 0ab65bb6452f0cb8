import type { Store } from '@continuum/contract/ports/store';
import { z } from 'zod';

const KEY = 'code:checkouts';
const MOST = 50;

const Checkouts = z.record(z.string(), z.string());

/** Folders of repositories on this machine, by the name under which they are reviewed. */
export async function checkouts({ values }: Pick<Store, 'values'>): Promise<Readonly<Record<string, string>>> {
  return Checkouts.safeParse(await values.get(KEY)).data ?? {};
}

/** Remembers where a repository lies, the last fifty of them: questions about its code are answered from there. */
export async function rememberCheckout(store: Store, repo: string, folder: string): Promise<void> {
  if ((await checkouts(store))[repo] === folder) return;
  await store.transaction(async ({ values }) => {
    await values.lock(KEY);
    const { [repo]: _, ...others } = await checkouts({ values });
    const newest = [...Object.entries(others), [repo, folder] as const].slice(-MOST);
    await values.set(KEY, Object.fromEntries(newest));
  });
}
