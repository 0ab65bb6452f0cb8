import { randomUUID } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';
import { EventId, FeedbackId, MessageId, RoomId } from '@continuum/contract/ids';
import type { AnyEnvelope, Bus, DeadLetter, SubscribeOptions } from '@continuum/contract/ports/bus';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

/** Where the events of one bus live: it may be opened again after the bus was closed, or after its process is gone. */
export interface BusPlace {
  open(): Promise<Bus>;
  /** Leaves a bus as `kill -9` of its process would. Absent where dropping it is the same. */
  abandon?(bus: Bus): Promise<void>;
  remove(): Promise<void>;
}

const EVENT = 'feedback:given';
const payload = (id: string): { feedbackId: FeedbackId } => ({ feedbackId: FeedbackId.parse(id) });
const idOf = (event: AnyEnvelope): string => (event.name === EVENT ? event.payload.feedbackId : event.name);
const never = new Promise<void>(() => undefined);

/** A handler's memory: what it saw, and when somebody may go on. */
class Seen {
  readonly ids: string[] = [];
  readonly times: number[] = [];
  readonly #waiting: Array<{ readonly count: number; readonly resolve: () => void }> = [];

  add(event: AnyEnvelope): number {
    this.ids.push(idOf(event));
    this.times.push(performance.now());
    for (const each of this.#waiting) if (this.ids.length >= each.count) each.resolve();
    return this.ids.length;
  }

  /** Resolves once `count` deliveries were seen. */
  reach(count: number): Promise<void> {
    if (this.ids.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }
}

/** What every bus must do. All tests share the place that `createPlace` makes, each with consumers and ids of its own. */
export function busContract(title: string, createPlace: () => Promise<BusPlace>): void {
  describe(`bus contract: ${title}`, () => {
    let place: BusPlace;
    let bus: Bus;
    let seen: Seen;
    let runId: string;
    const own = (name: string): string => `${name}-${runId}`;
    const ownId = (name: string): EventId => EventId.parse(own(name));
    const ownBacklog = async (name: string): Promise<number | undefined> => (await bus.backlog())[own(name)];
    const ownDeadLetters = async (): Promise<DeadLetter[]> =>
      (await bus.deadLetters(1000)).filter((letter) => letter.consumer.endsWith(runId));

    beforeAll(async () => {
      place = await createPlace();
    });
    afterAll(() => place.remove());
    beforeEach(async () => {
      bus = await place.open();
      seen = new Seen();
      runId = randomUUID();
    });
    afterEach(() => bus.close());

    /** Subscribes a durable consumer that fails as long as `failure` returns an error. */
    function consume(failure: (delivery: number) => unknown = () => undefined, options: SubscribeOptions = {}) {
      const handler = async (event: AnyEnvelope): Promise<void> => {
        const error = failure(seen.add(event));
        if (error !== undefined) throw error;
      };
      return bus.subscribe(EVENT, handler, { durable: own('consumer'), backoffMs: 1, ...options });
    }

    test('a durable consumer gets the event with its payload, and the store has it once', async () => {
      const events: AnyEnvelope<typeof EVENT>[] = [];
      await bus.subscribe(EVENT, async (event) => void events.push(event), { durable: own('consumer') });
      const causationId = ownId('cause');
      const { id, stored } = await bus.emit(EVENT, payload('a'), { causationId });
      await bus.idle();
      expect(stored).toBe(true);
      expect(events).toMatchObject([{ id, name: EVENT, payload: { feedbackId: 'a' }, causationId }]);
      expect(Date.parse(events[0]?.at ?? '')).not.toBeNaN();
      expect(await ownBacklog('consumer')).toBe(0);
    });

    test('the same id is stored once and handled once, however often it is emitted', async () => {
      await consume();
      let live = 0;
      await bus.subscribe(EVENT, async () => {
        live += 1;
      });
      const id = ownId('github:1');
      const emitted = await Promise.all([1, 2, 3, 4, 5].map(() => bus.emit(EVENT, payload('a'), { id })));
      await bus.idle();
      await bus.emit(EVENT, payload('a'), { id });
      await bus.idle();
      expect(emitted.filter(({ stored }) => stored)).toHaveLength(1);
      expect(seen.ids).toEqual(['a']);
      expect(live).toBe(1);
    });

    test('a payload or name that no schema knows is turned away', async () => {
      await consume();
      const wrong: { feedbackId: FeedbackId } = JSON.parse('{"feedbackId":7}');
      await expect(bus.emit(EVENT, wrong)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      const unknown: typeof EVENT = JSON.parse('"feedback:unknown"');
      await expect(bus.emit(unknown, payload('a'))).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
      await bus.idle();
      expect(seen.ids).toEqual([]);
    });

    test('patterns take one word or the rest; a live handler sees only what comes after it', async () => {
      const names: Record<string, string[]> = {};
      await bus.emit(EVENT, payload('before'));
      for (const pattern of ['feedback:*', 'learning:**', '**', EVENT]) {
        const list: string[] = [];
        names[pattern] = list;
        await bus.subscribe(pattern, async (event) => void list.push(idOf(event)));
      }
      await bus.emit(EVENT, payload('a'));
      await bus.close();
      expect(names).toEqual({ 'feedback:*': ['a'], 'learning:**': [], '**': ['a'], [EVENT]: ['a'] });
    });

    test('a live handler that fails disturbs nobody, one that stopped sees nothing', async () => {
      await bus.subscribe(EVENT, async () => Promise.reject(new Error('live')));
      const stopped = await bus.subscribe(EVENT, async (event) => void seen.add(event));
      await stopped.stop();
      await consume();
      await bus.emit(EVENT, payload('a'));
      await bus.idle();
      expect(seen.ids).toEqual(['a']);
    });

    test('a handler that fails gets the event again, later each time', async () => {
      await consume((delivery) => (delivery < 4 ? new Error('not yet') : undefined), { backoffMs: 40 });
      await bus.emit(EVENT, payload('a'));
      await bus.idle();
      expect(seen.ids).toEqual(['a', 'a', 'a', 'a']);
      // Half of 40, 80 and 160 ms at least, less the rounding of clocks.
      const gaps = seen.times.slice(1).map((time, index) => time - (seen.times[index] ?? 0));
      for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThan(20 * 2 ** index - 3);
      expect(await ownDeadLetters()).toEqual([]);
    });

    test('an error that says when to come back is taken at its word', async () => {
      const busy = new ContinuumError('MODEL_UNAVAILABLE', 'busy', { retryable: true, retryAfterMs: 150 });
      await consume((delivery) => (delivery === 1 ? busy : undefined));
      await bus.emit(EVENT, payload('a'));
      await bus.idle();
      expect((seen.times[1] ?? 0) - (seen.times[0] ?? 0)).toBeGreaterThan(147);
    });

    test('after the last delivery an event is a dead letter, and can be replayed', async () => {
      let broken = true;
      await consume(() => (broken ? new Error('the disk is on fire') : undefined), { maxDeliveries: 3 });
      const { id } = await bus.emit(EVENT, payload('a'));
      await bus.idle();
      expect(seen.ids).toHaveLength(3);
      const letter = {
        consumer: own('consumer'),
        deliveries: 3,
        error: 'the disk is on fire',
        event: { id, name: EVENT },
      };
      expect(await ownDeadLetters()).toMatchObject([letter]);
      broken = false;
      await bus.replay(own('consumer'), id);
      await bus.idle();
      expect(seen.ids).toHaveLength(4);
      expect(await ownDeadLetters()).toEqual([]);
      await expect(bus.replay(own('consumer'), id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(bus.replay(own('nobody'), id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    test('dead letters outlive the bus, the newest first, and each is replayed to its own consumer only', async () => {
      await consume(() => new Error('broken'), { maxDeliveries: 1 });
      const other: string[] = [];
      await bus.subscribe(EVENT, async (event) => void other.push(idOf(event)), { durable: own('other') });
      const emitted: EventId[] = [];
      for (const each of ['a', 'b']) {
        emitted.push((await bus.emit(EVENT, payload(each))).id);
        await bus.idle();
      }
      await bus.close();
      bus = await place.open();
      expect((await ownDeadLetters()).map(({ event }) => event.id)).toEqual(emitted.toReversed());
      await bus.replay(own('consumer'), emitted[0] ?? ownId('none'));
      expect((await ownDeadLetters()).map(({ event }) => event.id)).toEqual(emitted.slice(1));
      await expect.poll(() => ownBacklog('consumer')).toBe(1);
      await bus.subscribe(EVENT, async (event) => void other.push(idOf(event)), { durable: own('other') });
      await consume(() => new Error('still broken'), { maxDeliveries: 2 });
      await bus.idle();
      // Counted from the start, and a letter again.
      expect(seen.ids).toEqual(['a', 'b', 'a', 'a']);
      expect(other).toEqual(['a', 'b']);
      expect((await ownDeadLetters()).map(({ error }) => error).sort()).toEqual(['broken', 'still broken']);
    });

    test('the newest events are remembered, the newest first', async () => {
      const ids: EventId[] = [];
      for (const each of ['a', 'b', 'c']) ids.push((await bus.emit(EVENT, payload(each))).id);
      await bus.emit(EVENT, payload('again'), { id: ids[0] ?? ownId('none') });
      expect((await bus.recent(2)).map(({ id }) => id)).toEqual([ids[2], ids[1]]);
      expect((await bus.recent(1000)).slice(0, 3)).toMatchObject([
        { id: ids[2], name: EVENT, payload: { feedbackId: 'c' } },
        { id: ids[1] },
        { id: ids[0] },
      ]);
      expect(await bus.recent(0)).toEqual([]);
    });

    test('an event that can never succeed becomes a dead letter at once', async () => {
      await consume(() => new ContinuumError('INVALID_INPUT', 'no such repository'));
      await bus.emit(EVENT, payload('a'));
      await bus.idle();
      expect(seen.ids).toEqual(['a']);
      expect(await ownDeadLetters()).toMatchObject([{ deliveries: 1, error: 'no such repository' }]);
    });

    test('one handler at a time keeps the order', async () => {
      await consume();
      const ids = Array.from({ length: 30 }, (_, index) => String(index));
      for (const id of ids) await bus.emit(EVENT, payload(id));
      await bus.idle();
      expect(seen.ids).toEqual(ids);
    });

    test('an event that waits for its retry does not hold up the others', async () => {
      await consume((delivery) => (delivery === 1 ? new Error('later') : undefined), { backoffMs: 400 });
      for (const id of ['a', 'b', 'c']) await bus.emit(EVENT, payload(id));
      await bus.idle();
      expect(seen.ids).toEqual(['a', 'b', 'c', 'a']);
    });

    test('as many handlers run at once as are allowed, and no more', async () => {
      let running = 0;
      let most = 0;
      const handler = async (): Promise<void> => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running -= 1;
      };
      await bus.subscribe(EVENT, handler, { durable: own('consumer'), concurrency: 3 });
      await Promise.all(Array.from({ length: 12 }, (_, index) => bus.emit(EVENT, payload(String(index)))));
      await bus.idle();
      expect(most).toBe(3);
    });

    test('a consumer that hangs or fails does not hold up another', async () => {
      const release = Promise.withResolvers<void>();
      await bus.subscribe(EVENT, () => release.promise, { durable: own('slow') });
      await bus.subscribe(EVENT, async () => Promise.reject(new Error('always')), { durable: own('failing') });
      await consume();
      for (let index = 0; index < 5; index += 1) await bus.emit(EVENT, payload(String(index)));
      await seen.reach(5);
      await expect.poll(() => ownBacklog('slow')).toBe(5);
      await expect(bus.idle(20)).rejects.toMatchObject({
        code: 'ABORTED',
        message: expect.stringContaining(`${own('slow')} (5)`),
      });
      release.resolve();
    });

    test('a handler that takes too long is told so, and the event is offered again', async () => {
      const aborted: boolean[] = [];
      const handler = async (event: AnyEnvelope, signal: AbortSignal): Promise<void> => {
        signal.addEventListener('abort', () => aborted.push(true));
        if (seen.add(event) === 1) await never;
      };
      await bus.subscribe(EVENT, handler, { durable: own('consumer'), ackWaitMs: 60, backoffMs: 1 });
      await bus.emit(EVENT, payload('a'));
      await bus.idle();
      expect(seen.ids).toEqual(['a', 'a']);
      expect(aborted).toEqual([true]);
    });

    test('an event wakes its consumer, nobody polls', async () => {
      await consume();
      const latencies: number[] = [];
      for (let index = 0; index < 20; index += 1) {
        const start = performance.now();
        await bus.emit(EVENT, payload(String(index)));
        await seen.reach(index + 1);
        latencies.push(performance.now() - start);
      }
      const median = latencies.sort((a, b) => a - b)[10];
      expect(median).toBeLessThan(250);
    });

    test('events wait for a consumer that is away', async () => {
      const subscription = await consume();
      await subscription.stop();
      await bus.emit(EVENT, payload('stopped'));
      await expect.poll(() => ownBacklog('consumer')).toBe(1);
      await bus.close();
      bus = await place.open();
      await bus.emit(EVENT, payload('restarted'));
      expect(seen.ids).toEqual([]);
      await consume();
      await bus.idle();
      expect(seen.ids).toEqual(['stopped', 'restarted']);
    });

    test('a process that dies in the middle of a handler gets the event again', async () => {
      const begun = Promise.withResolvers<void>();
      const dying = async (): Promise<void> => {
        begun.resolve();
        await never;
      };
      await bus.subscribe(EVENT, dying, { durable: own('consumer') });
      await bus.emit(EVENT, payload('a'));
      await begun.promise;
      // The first bus is left as a process killed with -9 would leave it.
      await place.abandon?.(bus);
      bus = await place.open();
      await consume();
      await bus.idle();
      expect(seen.ids).toEqual(['a']);
    });

    test('an event that process after process dies with becomes a dead letter', async () => {
      for (let death = 0; death < 2; death += 1) {
        const begun = Promise.withResolvers<void>();
        const dying = async (event: AnyEnvelope): Promise<void> => {
          seen.add(event);
          begun.resolve();
          await never;
        };
        await bus.subscribe(EVENT, dying, { durable: own('consumer') });
        if (death === 0) await bus.emit(EVENT, payload('a'));
        await begun.promise;
        await place.abandon?.(bus);
        bus = await place.open();
      }
      await consume(() => undefined, { maxDeliveries: 2 });
      await bus.emit(EVENT, payload('b'));
      await expect.poll(ownDeadLetters, { timeout: 10_000 }).toMatchObject([{ event: { payload: payload('a') } }]);
      await bus.idle();
      expect(seen.ids).toEqual(['a', 'a', 'b']);
    });

    test('close waits for the handler in flight, keeps what it emits, and takes nothing else', async () => {
      const begun = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const handler = async (event: AnyEnvelope): Promise<void> => {
        begun.resolve();
        await release.promise;
        if (idOf(event) === 'a') await bus.emit(EVENT, payload('followed'));
      };
      await bus.subscribe(EVENT, handler, { durable: own('first') });
      await bus.subscribe(EVENT, async (event) => void seen.add(event), { durable: own('consumer') });
      await bus.emit(EVENT, payload('a'));
      await begun.promise;
      await seen.reach(1);
      const closing = Promise.all([bus.close(), bus.close()]);
      await expect(bus.emit(EVENT, payload('late'))).rejects.toMatchObject({ code: 'BUS_CLOSED' });
      await expect(consume()).rejects.toMatchObject({ code: 'BUS_CLOSED' });
      release.resolve();
      await closing;
      bus = await place.open();
      await consume();
      await bus.idle();
      expect(seen.ids).toEqual(['a', 'followed']);
    });

    test('a broadcast is heard by those who listen at the moment, in every bus, and kept nowhere', async () => {
      const author = { kind: 'persona' as const, id: 'ada', name: 'Ada' };
      const draft = (text: string) => ({
        ...{ messageId: MessageId.parse(own('msg')), roomId: RoomId.parse('room'), threadId: null, replyTo: null },
        ...{ author, text, at: '2026-03-01T10:00:00.000Z' },
      });
      const heard: string[] = [];
      const all = Promise.withResolvers<void>();
      bus.broadcast('room:draft', draft('nobody listens'));
      const broken = await bus.listen('room:draft', () => {
        throw new Error('a listener that fails');
      });
      const subscription = await bus.listen('room:draft', ({ messageId, text }) => {
        if (messageId !== own('msg')) return;
        heard.push(text);
        if (heard.length === 2) all.resolve();
      });
      bus.broadcast('room:draft', draft('one'));
      bus.broadcast('room:draft', draft('one two'));
      await all.promise;
      await Promise.all([subscription.stop(), broken.stop()]);
      bus.broadcast('room:draft', draft('after'));
      await bus.emit(EVENT, payload('fence'));
      await bus.idle();
      expect(heard).toEqual(['one', 'one two']);
      expect((await bus.recent(50)).map(({ name }) => String(name))).not.toContain('room:draft');
    });

    test('a burst is delivered completely', async () => {
      await consume((delivery) => (delivery % 3 === 0 ? new Error('now and then') : undefined), { concurrency: 8 });
      const ids = Array.from({ length: 100 }, (_, index) => String(index));
      await Promise.all(ids.map((id) => bus.emit(EVENT, payload(id))));
      await bus.idle();
      expect(new Set(seen.ids)).toEqual(new Set(ids));
      expect(await ownDeadLetters()).toEqual([]);
    });
  });
}
