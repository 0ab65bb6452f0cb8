import { createEmbeddedBus } from '@continuum/bus/embedded';
import { FeedbackId } from '@continuum/contract/ids';
import { openJournal } from '@continuum/journal/journal';
import { openPgliteStore } from '@continuum/store/pglite';
import { openPostgresStore } from '@continuum/store/postgres';
import { type Contender, countdown } from './contender.ts';

const EVENT = 'feedback:given';
const CONSUMER = 'bench';

/** `bus.emit` to one durable consumer; the store is PostgreSQL at a url, or PGlite in a folder. */
export async function startBus(
  name: string,
  place: { readonly url: string } | { readonly folder: string },
): Promise<Contender> {
  const store = await ('url' in place ? openPostgresStore(place) : openPgliteStore(place));
  await store.stream.ensureConsumer(CONSUMER, EVENT);
  const bus = createEmbeddedBus({ stream: store.stream });
  let serial = 0;
  return {
    name,
    enqueue: () => bus.emit(EVENT, { feedbackId: FeedbackId.parse(`fbk_${serial++}`) }),
    async consume(count, concurrency) {
      const { done, handle } = countdown(count);
      const subscription = await bus.subscribe(EVENT, handle, { durable: CONSUMER, concurrency });
      await done;
      await subscription.stop();
    },
    async close() {
      await bus.close();
      await store.close();
    },
  };
}

/** The journal's append: what intake has on disk before it answers a delivery. */
export async function startJournal(name: string, folder: string): Promise<Contender> {
  const journal = await openJournal({ folder });
  let serial = 0;
  return {
    name,
    enqueue() {
      const id = `fbk_${serial++}`;
      const record = { id: `bench:${id}`, source: 'bench', event: EVENT, at: new Date().toISOString() };
      return journal.append({ ...record, body: JSON.stringify({ feedbackId: id }) });
    },
    close: () => journal.close(),
  };
}
