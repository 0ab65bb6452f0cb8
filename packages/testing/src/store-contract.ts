import type { Store } from '@continuum/contract/ports/store';
import { afterAll, beforeAll, describe } from 'vitest';
import { knowledgeStoreContract } from './store/knowledge.ts';
import { learningStoreContract } from './store/learning.ts';
import { leaseContract } from './store/leases.ts';
import { operationsContract } from './store/operations.ts';
import { reviewStoreContract } from './store/review.ts';
import { roomStoreContract } from './store/room.ts';
import { streamStoreContract } from './store/stream.ts';
import { transactionContract } from './store/transaction.ts';
import { viewStoreContract } from './store/views.ts';

/** The one suite of every `Store`: `open` gives an empty store that reads the time from `now`; it is closed at the end. */
export function storeContract(name: string, open: (now: () => Date) => Promise<Store>): void {
  describe(name, () => {
    const clock = { now: new Date('2026-03-01T12:00:00.000Z') };
    let opened: Store | undefined;
    const store = (): Store => {
      if (opened === undefined) throw new Error('the store did not open');
      return opened;
    };
    beforeAll(async () => {
      opened = await open(() => clock.now);
    });
    afterAll(async () => {
      await opened?.close();
      await opened?.close();
    });
    for (const part of [
      streamStoreContract,
      roomStoreContract,
      viewStoreContract,
      reviewStoreContract,
      learningStoreContract,
      knowledgeStoreContract,
      operationsContract,
      leaseContract,
      transactionContract,
    ])
      part({ store, clock });
  });
}
