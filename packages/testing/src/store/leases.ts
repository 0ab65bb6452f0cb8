import { newId } from '@continuum/contract/ids';
import { describe, expect, test } from 'vitest';
import type { StoreUnderTest } from './under-test.ts';

const LONG = 60_000;

/** Leader election: by the clock of the database, which no test can set. */
export function leaseContract({ store }: StoreUnderTest): void {
  describe('lease', () => {
    const take = (name: string, holder: string, ttlMs = LONG) => store().leases.take(name, holder, ttlMs);

    test('one of many gets it, renews it, and nobody else meanwhile', async () => {
      const name = newId('lease');
      const holders = Array.from({ length: 8 }, (_, index) => `process-${index}`);
      const taken = await Promise.all(holders.map((holder) => take(name, holder)));
      const [lease, ...others] = taken.filter((each) => each !== undefined);
      expect(others).toEqual([]);
      expect(lease).toMatchObject({ name, fence: 1 });
      const holder = lease?.holder ?? '';
      // The store under test is told that it is another day.
      expect(Math.abs(Date.parse(lease?.until ?? '') - Date.now() - LONG)).toBeLessThan(LONG / 2);
      const renewed = await take(name, holder, 2 * LONG);
      expect(renewed).toMatchObject({ holder, fence: 1 });
      expect(Date.parse(renewed?.until ?? '')).toBeGreaterThan(Date.parse(lease?.until ?? ''));
      expect(await take(name, 'latecomer')).toBeUndefined();
    });

    test('given back it is free, and the next holder has a higher number', async () => {
      const name = newId('lease');
      await take(name, 'first');
      await store().leases.release(name, 'second');
      expect(await take(name, 'second')).toBeUndefined();
      await store().leases.release(name, 'first');
      expect(await take(name, 'second')).toMatchObject({ holder: 'second', fence: 2 });
      await store().leases.release(name, 'first');
      expect(await take(name, 'first')).toBeUndefined();
      await store().leases.release('nobody ever took this', 'first');
    });

    test('a holder that goes silent loses it; back again it has another number', async () => {
      const name = newId('lease');
      await take(name, 'silent', 30);
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect((await store().leases.list(name)).length).toBe(0);
      expect(await take(name, 'silent', 30)).toMatchObject({ fence: 2 });
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(await take(name, 'other')).toMatchObject({ holder: 'other', fence: 3 });
      expect(await take(name, 'silent')).toBeUndefined();
    });

    test('what holds now is listed by the beginning of its name', async () => {
      const prefix = `${newId('lease')}%_`;
      for (const name of ['b', 'a']) await take(`${prefix}${name}`, 'me');
      await take(`${prefix}c`, 'me');
      await store().leases.release(`${prefix}c`, 'me');
      await take(prefix.replace('%_', 'xx'), 'me');
      const listed = await store().leases.list(prefix);
      expect(listed.map(({ name }) => name)).toEqual([`${prefix}a`, `${prefix}b`]);
      expect(listed[0]).toMatchObject({ holder: 'me', fence: 1 });
    });

    test('taken in a transaction that fails, it was never taken', async () => {
      const name = newId('lease');
      const failing = store().transaction(async ({ leases }) => {
        await leases.take(name, 'me', LONG);
        throw new Error('changed my mind');
      });
      await expect(failing).rejects.toThrow('changed my mind');
      expect(await take(name, 'other')).toMatchObject({ fence: 1 });
    });
  });
}
