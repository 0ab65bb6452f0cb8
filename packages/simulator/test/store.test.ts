import { leaseContract } from '@continuum/testing/store/leases';
import { operationsContract } from '@continuum/testing/store/operations';
import { streamStoreContract } from '@continuum/testing/store/stream';
import { describe } from 'vitest';
import { SimDatabase } from '../src/store/sim-database.ts';

describe('the simulated store', () => {
  const clock = { now: new Date('2026-03-01T12:00:00.000Z') };
  const store = new SimDatabase(0).connect({
    call: async (_, effect) => effect(),
    now: () => clock.now,
    clock: () => new Date(),
    onDeath: () => undefined,
  });
  for (const part of [streamStoreContract, operationsContract, leaseContract]) part({ store: () => store, clock });
});
