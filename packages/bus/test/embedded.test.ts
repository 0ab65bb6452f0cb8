import { ContinuumError } from '@continuum/contract/errors';
import { EventId, FeedbackId } from '@continuum/contract/ids';
import { busContract } from '@continuum/testing/bus-contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isHopeless, retryDelay } from '../src/backoff.ts';
import { createEmbeddedBus } from '../src/embedded.ts';
import { MemoryStream } from './memory-stream.ts';

busContract('embedded over a stream in memory', async () => {
  const stream = new MemoryStream();
  return { open: async () => createEmbeddedBus({ stream }), remove: async () => undefined };
});

const payload = { feedbackId: FeedbackId.parse('f') };

test('every event ends acknowledged or as a dead letter, after exactly the deliveries it needs', async () => {
  const plan = fc.record({ failures: fc.nat(6), hopeless: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(plan, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), async (plans, concurrency) => {
      const bus = createEmbeddedBus({ stream: new MemoryStream() });
      const deliveries = new Map<string, number>();
      const fail = async (id: string): Promise<void> => {
        const count = (deliveries.get(id) ?? 0) + 1;
        deliveries.set(id, count);
        const { failures = 0, hopeless = false } = plans[Number(id)] ?? {};
        if (count > failures) return;
        throw hopeless ? new ContinuumError('INVALID_INPUT', 'never') : new Error('not yet');
      };
      const options = { durable: 'c', concurrency, maxDeliveries: 4, backoffMs: 0.5 };
      await bus.subscribe('feedback:given', (event) => fail(event.id), options);
      for (const index of plans.keys()) await bus.emit('feedback:given', payload, { id: EventId.parse(String(index)) });
      await bus.idle();
      const dead = (await bus.deadLetters()).map((letter) => letter.event.id);
      for (const [index, { failures, hopeless }] of plans.entries()) {
        const most = hopeless ? 1 : 4;
        expect(deliveries.get(String(index))).toBe(Math.min(failures + 1, most));
        expect(dead.includes(EventId.parse(String(index)))).toBe(failures >= most);
      }
      await bus.close();
    }),
    { numRuns: 20 },
  );
});

test('the retry delay grows to a minute and never leaves its bounds', () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5000 }), chance, (delivery, first, luck) => {
      const full = Math.min(60_000, first * 2 ** (delivery - 1));
      const delay = retryDelay(new Error('x'), delivery, first, luck);
      expect(delay).toBeGreaterThanOrEqual(full / 2);
      expect(delay).toBeLessThanOrEqual(full);
    }),
  );
});

test('only input that stays wrong is hopeless', () => {
  expect(isHopeless(new ContinuumError('INVALID_INPUT', 'x'))).toBe(true);
  expect(isHopeless(new ContinuumError('INVALID_INPUT', 'x', { retryable: true }))).toBe(false);
  expect(isHopeless(new ContinuumError('MODEL_UNAVAILABLE', 'x'))).toBe(false);
  expect(isHopeless(new TypeError('x'))).toBe(false);
});

test('a durable name has one handler, and is free again when that one stopped', async () => {
  const bus = createEmbeddedBus({ stream: new MemoryStream() });
  const first = await bus.subscribe('**', async () => undefined, { durable: 'c' });
  await expect(bus.subscribe('**', async () => undefined, { durable: 'c' })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  await first.stop();
  await bus.subscribe('**', async () => undefined, { durable: 'c' });
  await bus.close();
});

test('a pattern that matches no event is a mistake', async () => {
  const bus = createEmbeddedBus({ stream: new MemoryStream() });
  const typo = bus.subscribe('webhook:githib:*', async () => undefined);
  await expect(typo).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

test('an error of the store is told, and the consumer goes on', async () => {
  const errors: string[] = [];
  const stream = new MemoryStream();
  const claim = stream.claim.bind(stream);
  let broken = true;
  stream.claim = async (...args) => (broken ? Promise.reject(new Error('no connection')) : claim(...args));
  const log = { warn: () => undefined, error: (_about: object, message: string) => void errors.push(message) };
  const bus = createEmbeddedBus({ stream, log });
  const handled = Promise.withResolvers<void>();
  await bus.subscribe('feedback:given', async () => handled.resolve(), { durable: 'c' });
  await bus.emit('feedback:given', payload);
  await expect(bus.idle(50)).rejects.toMatchObject({ code: 'ABORTED' });
  broken = false;
  await handled.promise;
  expect(errors[0]).toContain('store');
  await bus.close();
});

test('a stored event that lost its shape becomes a dead letter, and no handler sees it', async () => {
  const stream = new MemoryStream();
  const bus = createEmbeddedBus({ stream });
  const calls: string[] = [];
  await bus.subscribe('feedback:given', async (event) => void calls.push(event.id), { durable: 'c' });
  await stream.append(JSON.parse('{"id":"old","name":"feedback:given","payload":{"old":1},"at":""}'));
  await bus.emit('feedback:given', payload);
  await bus.idle();
  expect(calls).toHaveLength(1);
  expect(await bus.deadLetters()).toMatchObject([{ event: { id: 'old' }, deliveries: 1 }]);
  await bus.close();
});

test('with other processes on the store, what they have in hand stays theirs and what they append is noticed', async () => {
  const stream = new MemoryStream();
  const [one, other] = [createEmbeddedBus({ stream, alone: false }), createEmbeddedBus({ stream, alone: false })];
  const [first, second]: [string[], string[]] = [[], []];
  const release = Promise.withResolvers<void>();
  const slow = async ({ id }: { id: string }): Promise<void> => {
    first.push(id);
    await release.promise;
  };
  await one.subscribe('feedback:given', slow, { durable: 'consumer' });
  await one.emit('feedback:given', payload, { id: EventId.parse('slow') });
  await expect.poll(() => first).toEqual(['slow']);
  await other.subscribe('feedback:given', async ({ id }) => void second.push(id), { durable: 'consumer' });
  await one.emit('feedback:given', payload, { id: EventId.parse('next') });
  await expect.poll(() => second, { timeout: 5000 }).toEqual(['next']);
  release.resolve();
  await Promise.all([one.close(), other.close()]);
  expect(first).toEqual(['slow']);
});
