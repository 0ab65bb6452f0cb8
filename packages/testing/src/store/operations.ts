import { newId } from '@continuum/contract/ids';
import type { OutboxFilter } from '@continuum/contract/ports/store';
import { describe, expect, test } from 'vitest';
import type { StoreUnderTest } from './under-test.ts';

const LEASE = 1000;

/** Outbox, audit, values. */
export function operationsContract({ store, clock }: StoreUnderTest): void {
  const at = (ms: number) => new Date(clock.now.getTime() + ms);

  describe('outbox', () => {
    const enqueue = async () => {
      const key = newId('key');
      expect(await store().outbox.enqueue({ key, command: 'post', input: { a: [1, null] } })).toBe(true);
      const entry = await store().outbox.byKey(key);
      if (entry === undefined) throw new Error('the entry is there');
      return entry;
    };
    const claimIds = async (now: Date) => (await store().outbox.claim(100, now, LEASE)).map(({ id }) => id);

    test('a key is enqueued once, claimed with a lease and completed', async () => {
      const entry = await enqueue();
      expect(entry).toMatchObject({ command: 'post', input: { a: [1, null] }, state: 'pending', attempts: 0 });
      expect(await store().outbox.enqueue({ key: entry.key, command: 'other', input: 1 })).toBe(false);
      const before = await store().outbox.pending();
      expect(await store().outbox.claim(1, at(0), LEASE)).toMatchObject([
        { id: entry.id, state: 'running', attempts: 1 },
      ]);
      expect(await claimIds(at(LEASE - 1))).toEqual([]);
      expect(await claimIds(at(LEASE))).toEqual([entry.id]);
      expect(await store().outbox.pending()).toBe(before);
      await store().outbox.complete(entry.id, { url: 'x' });
      expect(await store().outbox.byKey(entry.key)).toMatchObject({ state: 'done', attempts: 2, result: { url: 'x' } });
      expect(await claimIds(at(9 * LEASE))).toEqual([]);
      expect(await store().outbox.pending()).toBe(before - 1);
      expect((await store().outbox.list('done', 1))[0]?.id).toBe(entry.id);
    });

    test('a failed effect is retried later, buried, revived', async () => {
      const entry = await enqueue();
      await claimIds(at(0));
      await store().outbox.releaseAll(at(0));
      expect(await store().outbox.byKey(entry.key)).toMatchObject({ state: 'pending', attempts: 1 });
      expect(await store().outbox.retry(entry.id, 1, at(500), 'released meanwhile')).toBe(false);
      expect(await claimIds(at(0))).toEqual([entry.id]);
      expect(await store().outbox.retry(entry.id, 2, at(500), 'busy')).toBe(true);
      expect(await claimIds(at(499))).toEqual([]);
      expect(await claimIds(at(500))).toEqual([entry.id]);
      expect(await store().outbox.bury(entry.id, 2, 'somebody who lost the entry')).toBe(false);
      expect(await store().outbox.bury(entry.id, 3, 'refused')).toBe(true);
      expect((await store().outbox.list('dead', 10))[0]).toMatchObject({ id: entry.id, error: 'refused', attempts: 3 });
      expect(await claimIds(at(9 * LEASE))).toEqual([]);
      expect(await store().outbox.revive(entry.id)).toBe(true);
      expect(await store().outbox.revive(entry.id)).toBe(false);
      expect(await claimIds(at(0))).toEqual([entry.id]);
      await store().outbox.complete(entry.id, undefined);
    });

    test('only the asked for commands are claimed', async () => {
      const commands = [newId('ask'), newId('ask')];
      const keys = await Promise.all(
        commands.map(async (command) => {
          const key = newId('key');
          await store().outbox.enqueue({ key, command, input: null });
          return key;
        }),
      );
      const claimed = async (filter: OutboxFilter) =>
        (await store().outbox.claim(100, at(0), LEASE, filter)).map(({ key }) => key);
      expect(await claimed({ only: [] })).toEqual([]);
      expect(await claimed({ only: commands, except: commands })).toEqual([]);
      expect(await claimed({ only: commands.slice(1) })).toEqual(keys.slice(1));
      expect(await claimed({ except: commands.slice(1) })).toEqual(keys.slice(0, 1));
      for (const key of keys) await store().outbox.complete((await store().outbox.byKey(key))?.id ?? '', null);
    });

    test('of one thread only the oldest open entry is due, whoever claims; other threads go on', async () => {
      const command = newId('threaded');
      const filter = { only: [command], inOrderOf: ['repo', 'pr'] };
      const put = (key: string, input: unknown) => store().outbox.enqueue({ key: `${command}:${key}`, command, input });
      await put('a1', { repo: 'acme/shop', pr: 1 });
      await put('a2', { repo: 'acme/shop', pr: 1 });
      await put('b1', { repo: 'acme/shop', pr: 2 });
      await put('free', { text: 'in no thread' });
      const claim = async (now: Date) => {
        const entries = await store().outbox.claim(100, now, LEASE, filter);
        return entries.map(({ key, id, attempts }) => ({ key: key.slice(command.length + 1), id, attempts }));
      };
      const [first, ...others] = await claim(at(0));
      expect([first, ...others].map((entry) => entry?.key)).toEqual(['a1', 'b1', 'free']);
      expect(await claim(at(0))).toEqual([]);
      await store().outbox.retry(first?.id ?? '', 1, at(500), 'busy');
      expect(await claim(at(499))).toEqual([]);
      expect(await claim(at(500))).toMatchObject([{ key: 'a1', attempts: 2 }]);
      await store().outbox.complete(first?.id ?? '', {});
      expect(await claim(at(500))).toMatchObject([{ key: 'a2', attempts: 1 }]);
      const before = await store().outbox.counts();
      for (const { id } of others) await store().outbox.complete(id, {});
      const after = await store().outbox.counts();
      expect([after.running - before.running, after.done - before.done]).toEqual([-2, 2]);
      await store().outbox.complete((await store().outbox.byKey(`${command}:a2`))?.id ?? '', {});
    });

    test('prune removes what was done long ago, with its key', async () => {
      const [old, young, dead] = [await enqueue(), await enqueue(), await enqueue()];
      const start = clock.now;
      for (const entry of [old, young]) {
        await claimIds(at(0));
        await store().outbox.complete(entry.id, null);
        clock.now = at(10 * LEASE);
      }
      const { attempts = 0 } = (await store().outbox.byKey(dead.key)) ?? {};
      expect(await store().outbox.bury(dead.id, attempts, 'refused')).toBe(true);
      expect(await store().outbox.prune(new Date(start.getTime() + 1))).toBeGreaterThan(0);
      clock.now = start;
      expect(await store().outbox.byKey(old.key)).toBeUndefined();
      expect(await store().outbox.byKey(young.key)).toMatchObject({ state: 'done' });
      expect(await store().outbox.byKey(dead.key)).toMatchObject({ state: 'dead' });
    });
  });

  describe('audit', () => {
    test('entries at the same time make one unbroken chain', async () => {
      const actor = newId('actor');
      const detail = { z: 1, a: { nested: ['\u0000', 1e21, -0, 0.1] }, gone: undefined };
      const entry = (subject: string) => ({ actor, action: 'finding.decline', subject, detail });
      await Promise.all(['1', '2', '3'].map((subject) => store().audit.record(entry(subject))));
      await store().transaction((tx) => tx.audit.record(entry('4')));
      const [last, ...older] = await store().audit.list({ limit: 4 });
      expect(last).toMatchObject({ actor, subject: '4', at: clock.now.toISOString() });
      expect(older.map(({ seq }) => seq)).toEqual([1, 2, 3].map((step) => (last?.seq ?? 0) - step));
      expect(await store().audit.list({ beforeSeq: last?.seq ?? 0, limit: 3 })).toEqual(older);
      expect(await store().audit.verify()).toBeUndefined();
    });
  });

  describe('values', () => {
    test('a value is set, replaced, deleted', async () => {
      const key = newId('value');
      for (const value of [{ a: [1, 'x', null] }, 'text', 0, false, null, ['[']]) {
        await store().values.set(key, value);
        expect(await store().values.get(key)).toEqual(value);
      }
      await store().values.delete(key);
      expect(await store().values.get(key)).toBeUndefined();
    });

    test('an expired value is absent', async () => {
      const key = newId('value');
      await store().values.set(key, 1, at(10));
      expect(await store().values.get(key)).toBe(1);
      const start = clock.now;
      clock.now = at(10);
      expect(await store().values.get(key)).toBeUndefined();
      clock.now = start;
      await store().values.set(key, 2);
      expect(await store().values.get(key)).toBe(2);
    });
  });

  describe('a lock', () => {
    test('keeps a read, a change and a write together', async () => {
      const key = newId('locked');
      const add = () =>
        store().transaction(async ({ values }) => {
          await values.lock(key);
          const before = Number((await values.get(key)) ?? 0);
          await values.set(key, before + 1);
        });
      await Promise.all(Array.from({ length: 20 }, add));
      expect(await store().values.get(key)).toBe(20);
    });

    test('stands only inside of a transaction', async () => {
      await expect(store().values.lock('outside')).rejects.toMatchObject({ code: 'INTERNAL' });
    });
  });

  test('ping answers', async () => {
    await expect(store().ping()).resolves.toBeUndefined();
  });
}
