import { createEmbeddedBus } from '@continuum/bus/embedded';
import { FeedbackId, FindingId } from '@continuum/contract/ids';
import type { Bus } from '@continuum/contract/ports/bus';
import type { Store } from '@continuum/contract/ports/store';

const WAITING = 'feedback:given';
const MEASURED = 'finding:changed';
/** Handler of the persona that is behind: ms a piece, and pieces at a time. */
const SLOW_MS = 50;
const SLOW_CONCURRENCY = 2;
const FILL_IN_FLIGHT = 512;

/** One bus over one store, with a consumer that is measured and one that may be behind. */
export interface Place {
  /** Milliseconds from `emit` to the handler, for `count` events one after the other; meanwhile who is behind works. */
  window(count: number): Promise<number[]>;
  /** How many events wait for the consumer that is behind. */
  waiting(): Promise<number>;
  close(): Promise<void>;
}

/** Opens a place in which `backlog` events wait for a slow consumer. */
export async function openPlace(store: Store, backlog: number): Promise<Place> {
  await store.stream.ensureConsumer('behind', WAITING);
  const bus = createEmbeddedBus({ stream: store.stream });
  await fill(bus, backlog);
  let open = Promise.withResolvers<void>();
  await bus.subscribe(
    WAITING,
    async () => {
      // Between the windows it holds still, so that it disturbs nobody else's.
      await open.promise;
      await sleep(SLOW_MS);
    },
    { durable: 'behind', concurrency: SLOW_CONCURRENCY },
  );
  let arrived = (): void => undefined;
  await bus.subscribe(MEASURED, async () => arrived(), { durable: 'measured' });
  const once = async (): Promise<number> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    arrived = resolve;
    const start = performance.now();
    await bus.emit(MEASURED, { findingId: FindingId.parse('fnd_1'), repo: 'acme/shop', status: 'posted' });
    await promise;
    return performance.now() - start;
  };
  return {
    async window(count) {
      open.resolve();
      await sleep(SLOW_MS);
      const times: number[] = [];
      for (let index = 0; index < count; index += 1) {
        times.push(await once());
        // Somebody who comes now and then, not a load.
        await sleep(2);
      }
      open = Promise.withResolvers();
      // What is in hand comes to its end.
      await sleep(2 * SLOW_MS);
      return times;
    },
    waiting: async () => (await store.stream.backlog()).behind ?? 0,
    async close() {
      open.resolve();
      await bus.close();
      await store.close();
    },
  };
}

async function fill(bus: Bus, count: number): Promise<void> {
  let left = count;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await bus.emit(WAITING, { feedbackId: FeedbackId.parse(`fbk_${left}`) });
    }
  };
  await Promise.all(Array.from({ length: FILL_IN_FLIGHT }, caller));
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
