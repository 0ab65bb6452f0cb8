import { randomBytes } from 'node:crypto';
import { type Envelope, EVENTS } from '@continuum/contract/event';
import { EventId, newId } from '@continuum/contract/ids';
import { describe, expect, test } from 'vitest';
import { sampleEvent } from './samples.ts';
import type { StoreUnderTest } from './under-test.ts';

const LEASE = 1000;
const consumerName = () => newId('consumer');
const at = (ms: number) => new Date(Date.parse('2026-03-01T12:00:00.000Z') + ms);

/** Streams, durable consumers, leases, dead letters. */
export function streamStoreContract({ store }: StoreUnderTest): void {
  describe('stream', () => {
    const consumer = async (pattern = 'finding:*') => {
      const name = consumerName();
      await store().stream.ensureConsumer(name, pattern);
      return name;
    };
    const claimIds = async (name: string, limit: number, now: Date) =>
      (await store().stream.claim(name, limit, now, LEASE)).map(({ event }) => event.id);

    test('an id is stored once and delivered once', async () => {
      const name = await consumer();
      const event = { ...sampleEvent(), causationId: EventId.parse('cause') };
      expect(await store().stream.append(event)).toBe(true);
      expect(await store().stream.append(event)).toBe(false);
      expect(await store().stream.claim(name, 10, at(0), LEASE)).toEqual([{ event, delivery: 1 }]);
      expect((await store().stream.recent(1))[0]).toEqual(event);
    });

    test('only matching consumers get an event, and only from their start on', async () => {
      const [early, other] = [await consumer('finding:**'), await consumer('webhook:**')];
      const event = sampleEvent();
      await store().stream.append(event);
      const late = await consumer();
      expect(await claimIds(early, 10, at(0))).toEqual([event.id]);
      expect(await claimIds(other, 10, at(0))).toEqual([]);
      expect(await claimIds(late, 10, at(0))).toEqual([]);
      await store().stream.ensureConsumer(other, 'finding:changed');
      const next = sampleEvent();
      await store().stream.append(next);
      expect(await claimIds(other, 10, at(0))).toEqual([next.id]);
    });

    test('a claim is leased, in order of arrival, and comes back when the lease ends', async () => {
      const name = await consumer();
      const events = [sampleEvent(), sampleEvent(), sampleEvent()];
      for (const event of events) await store().stream.append(event);
      const ids = events.map((event) => event.id);
      expect(await claimIds(name, 2, at(0))).toEqual(ids.slice(0, 2));
      expect(await claimIds(name, 2, at(1))).toEqual(ids.slice(2));
      expect(await claimIds(name, 2, at(LEASE - 1))).toEqual([]);
      expect(await store().stream.nextDue(name)).toEqual(at(LEASE));
      const again = await store().stream.claim(name, 9, at(LEASE + 1), LEASE);
      expect(again.map(({ event, delivery }) => [event.id, delivery])).toEqual(ids.map((id) => [id, 2]));
    });

    test('acknowledged is gone, retried comes later, released comes at once', async () => {
      const name = await consumer();
      const [done, later, released] = [sampleEvent(), sampleEvent(), sampleEvent()];
      for (const event of [done, later, released]) await store().stream.append(event);
      await claimIds(name, 9, at(0));
      await store().stream.ack(name, done.id);
      expect(await store().stream.retry(name, later.id, 2, at(500), 'not the current one')).toBe(false);
      expect(await store().stream.retry(name, later.id, 1, at(500), 'busy')).toBe(true);
      expect((await store().stream.backlog())[name]).toBe(2);
      await store().stream.releaseAll(name);
      expect(await claimIds(name, 9, at(1))).toEqual([released.id]);
      expect(await claimIds(name, 9, at(500))).toEqual([later.id]);
    });

    test('a buried delivery is listed and comes back only when revived', async () => {
      const name = await consumer();
      const event = sampleEvent();
      await store().stream.append(event);
      await claimIds(name, 1, at(0));
      expect(await store().stream.bury(name, event.id, 2, 'not the current one')).toBe(false);
      expect(await store().stream.bury(name, event.id, 1, 'no use')).toBe(true);
      const letters = (await store().stream.deadLetters(100)).filter((letter) => letter.consumer === name);
      expect(letters).toMatchObject([{ event, deliveries: 1, error: 'no use' }]);
      expect(await claimIds(name, 1, at(9 * LEASE))).toEqual([]);
      expect((await store().stream.backlog())[name]).toBe(0);
      expect(await store().stream.nextDue(name)).toBeUndefined();
      expect(await store().stream.revive(name, event.id)).toBe(true);
      expect(await store().stream.revive(name, event.id)).toBe(false);
      expect(await store().stream.claim(name, 1, at(0), LEASE)).toEqual([{ event, delivery: 1 }]);
    });

    test('appended at the same time, the order of the calls is the order of delivery', async () => {
      const name = await consumer();
      const events = Array.from({ length: 50 }, () => sampleEvent());
      const stored = await Promise.all(events.map((event) => store().stream.append(event)));
      expect(stored).toEqual(events.map(() => true));
      expect(await claimIds(name, 100, at(0))).toEqual(events.map((event) => event.id));
    });

    test('appended at the same time, one id is stored once and the first is told so', async () => {
      const name = await consumer();
      const [event, other, known] = [sampleEvent(), sampleEvent(), sampleEvent()];
      await store().stream.append(known);
      const given = [event, other, { ...event, at: '2026-03-02T10:00:00.000Z' }, known, event];
      const stored = await Promise.all(given.map((each) => store().stream.append(each)));
      expect(stored).toEqual([true, true, false, false, false]);
      const claimed = await store().stream.claim(name, 10, at(0), LEASE);
      expect(claimed.map((each) => each.event)).toEqual([known, event, other]);
    });

    test('appended at the same time, each goes to its own consumers', async () => {
      const [findings, thumbs, everything] = [
        await consumer('finding:**'),
        await consumer('*:given'),
        await consumer('**'),
      ];
      const finding = sampleEvent();
      const given: Envelope<'feedback:given'> = {
        ...{ id: EventId.parse(newId('evt')), name: 'feedback:given', at: finding.at },
        payload: EVENTS['feedback:given'].parse({ feedbackId: 'fbk' }),
      };
      await Promise.all([finding, given].map((event) => store().stream.append(event)));
      expect(await claimIds(findings, 10, at(0))).toEqual([finding.id]);
      expect(await claimIds(thumbs, 10, at(0))).toEqual([given.id]);
      expect(await claimIds(everything, 10, at(0))).toEqual([finding.id, given.id]);
    });

    test('appended at the same time, one that cannot be stored fails alone', async () => {
      const name = await consumer();
      // No index takes a key of this size.
      const broken = sampleEvent({ id: randomBytes(20_000).toString('hex') });
      const [first, last] = [sampleEvent(), sampleEvent()];
      const outcomes = await Promise.allSettled([first, broken, last].map((event) => store().stream.append(event)));
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await claimIds(name, 10, at(0))).toEqual([first.id, last.id]);
    });

    test('appended in a transaction that fails, it was never there', async () => {
      const name = await consumer();
      const [kept, lost] = [sampleEvent(), sampleEvent()];
      const failing = store().transaction(async ({ stream }) => {
        expect(await Promise.all([stream.append(lost), stream.append(lost)])).toEqual([true, false]);
        throw new Error('changed my mind');
      });
      await expect(failing).rejects.toThrow('changed my mind');
      await store().stream.append(kept);
      expect(await claimIds(name, 10, at(0))).toEqual([kept.id]);
    });

    test('acknowledged at the same time, exactly those are gone', async () => {
      const [name, other] = [await consumer(), await consumer()];
      const events = Array.from({ length: 20 }, () => sampleEvent());
      await Promise.all(events.map((event) => store().stream.append(event)));
      const ids = await claimIds(name, 20, at(0));
      await Promise.all(ids.slice(5).map((id) => store().stream.ack(name, id)));
      expect(await claimIds(name, 20, at(LEASE))).toEqual(ids.slice(0, 5));
      expect(await claimIds(other, 20, at(0))).toEqual(ids);
    });

    test('claims at the same time never hand out one event twice', async () => {
      const name = await consumer();
      const events = Array.from({ length: 20 }, () => sampleEvent());
      await Promise.all(events.map((event) => store().stream.append(event)));
      const claims = await Promise.all(Array.from({ length: 8 }, () => claimIds(name, 5, at(0))));
      const ids = claims.flat();
      expect(new Set(ids).size).toBe(ids.length);
      expect((await claimIds(name, 20, at(0))).concat(ids).sort()).toEqual(events.map((event) => event.id).sort());
    });

    test('prune removes old events that nobody waits for', async () => {
      const name = await consumer();
      const [open, done, young] = [1, 2, 30].map((day) =>
        sampleEvent({ at: `2025-01-${String(day).padStart(2, '0')}T00:00:00.000Z` }),
      );
      if (open === undefined || done === undefined || young === undefined) throw new Error('three events');
      for (const event of [open, done, young]) await store().stream.append(event);
      // Other tests' consumers of the same events are served too.
      for (const consumer of Object.keys(await store().stream.backlog()))
        for (const event of [done, young]) await store().stream.ack(consumer, event.id);
      expect(await store().stream.prune(new Date('2025-01-20T00:00:00.000Z'))).toBe(1);
      const kept = new Set((await store().stream.recent(1000)).map((event) => event.id));
      expect([open, done, young].map((event) => kept.has(event.id))).toEqual([true, false, true]);
      expect(await claimIds(name, 9, at(0))).toEqual([open.id]);
      expect(await store().stream.append(done)).toBe(true);
    });
  });
}
