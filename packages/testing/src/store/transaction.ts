import { newId } from '@continuum/contract/ids';
import { describe, expect, test } from 'vitest';
import { sampleEvent, sampleExample, sampleMessage, sampleReview } from './samples.ts';
import type { StoreUnderTest } from './under-test.ts';

/** All or nothing. */
export function transactionContract({ store }: StoreUnderTest): void {
  describe('transaction', () => {
    test('commits everything and hands on the result', async () => {
      const [message, review] = [sampleMessage(), sampleReview()];
      const result = await store().transaction(async (tx) => {
        await tx.rooms.addMessage(message);
        await tx.reviews.finish(review, []);
        expect(await tx.rooms.message(message.id)).toEqual(message);
        return 42;
      });
      expect(result).toBe(42);
      expect(await store().rooms.message(message.id)).toEqual(message);
      expect(await store().reviews.get(review.id)).toEqual(review);
    });

    test('a throw takes everything back, nested work too', async () => {
      const [message, event] = [sampleMessage(), sampleEvent()];
      const failing = store().transaction(async (tx) => {
        await tx.rooms.addMessage(message);
        await tx.transaction(async (inner) => {
          await inner.stream.append(event);
        });
        throw new Error('changed my mind');
      });
      await expect(failing).rejects.toThrow('changed my mind');
      expect(await store().rooms.message(message.id)).toBeUndefined();
      expect(await store().stream.append(event)).toBe(true);
      await expect(store().ping()).resolves.toBeUndefined();
    });

    test('a nested transaction joins: its failure is the failure of all', async () => {
      const message = sampleMessage();
      const failing = store().transaction(async (tx) => {
        await tx.rooms.addMessage(message);
        await tx.transaction(() => Promise.reject(new Error('inner')));
      });
      await expect(failing).rejects.toThrow('inner');
      expect(await store().rooms.message(message.id)).toBeUndefined();
    });

    test('a failed statement that was swallowed still fails the transaction', async () => {
      const message = sampleMessage();
      const [revoked, living] = [sampleExample({ spanHash: message.id }), sampleExample({ spanHash: message.id })];
      const failing = store().transaction(async (tx) => {
        await tx.rooms.addMessage(message);
        await tx.learning.addExample({ ...revoked, state: 'revoked' });
        await tx.learning.addExample(living);
        await tx.learning.setExampleState(revoked.id, 'active').catch(() => undefined);
      });
      await expect(failing).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await store().rooms.message(message.id)).toBeUndefined();
    });

    test('nobody outside sees or enters a running transaction', async () => {
      const key = newId('counter');
      await store().values.set(key, 0);
      const outside = sampleMessage();
      let writing: Promise<boolean> | undefined;
      const failing = store().transaction(async (tx) => {
        await tx.values.set(key, 1);
        writing = store().rooms.addMessage(outside);
        await tx.values.set(key, 2);
        throw new Error('back');
      });
      await expect(failing).rejects.toThrow('back');
      expect(await writing).toBe(true);
      expect(await store().values.get(key)).toBe(0);
      expect(await store().rooms.message(outside.id)).toEqual(outside);
    });

    test('a write after the end is refused', async () => {
      const message = sampleMessage();
      const late = await store().transaction(async (tx) => () => tx.rooms.addMessage(message));
      await expect(late()).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(await store().rooms.message(message.id)).toBeUndefined();
    });
  });
}
