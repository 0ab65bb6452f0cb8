import type { Store } from '@continuum/contract/ports/store';

/** What every test of the suite gets: the opened store, and a clock that stands where a test puts it. */
export interface StoreUnderTest {
  readonly store: () => Store;
  readonly clock: { now: Date };
}
