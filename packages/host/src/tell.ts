import { EVENTS, EventName, type EventPayload } from '@continuum/contract/event';
import { EventId, newId } from '@continuum/contract/ids';
import type { Bus } from '@continuum/contract/ports/bus';
import type { Store } from '@continuum/contract/ports/store';
import type { Logger } from 'pino';
import { z } from 'zod';

/** Name under which an event waits in the outbox; no command of the registry, only the outbox knows it. */
export const EMIT_EVENT = 'event/emit';

const Told = z.object({ id: EventId, name: EventName, payload: z.unknown() });
type Told = z.infer<typeof Told>;

/** Tells an event from inside a transaction: it is emitted if and only if the transaction is committed. */
export type Tell = <N extends EventName>(name: N, payload: EventPayload<N>, id?: EventId) => Promise<void>;

export interface TellingParts {
  readonly store: Store;
  readonly bus: Pick<Bus, 'emit'>;
  readonly log: Logger;
}

/**
 * Inside a transaction: writes an event to the outbox, whose event lane emits it under this id, whatever happens after the
 * commit (the transactional outbox: C. Richardson, Microservices Patterns, 3.3.7). The same id is written once. Throws a
 * ZodError when the payload is not the event's.
 */
export async function enqueueEvent<N extends EventName>(
  store: Pick<Store, 'outbox'>,
  name: N,
  payload: EventPayload<N>,
  id: EventId = EventId.parse(newId('evt')),
): Promise<void> {
  const input: Told = { id, name, payload: EVENTS[name].parse(payload) };
  await store.outbox.enqueue({ key: keyOf(id), command: EMIT_EVENT, input });
}

/**
 * Runs work in one transaction together with the events it tells, and emits them right after the commit. A process that
 * dies in between, or a bus that is away, loses nothing: the outbox emits them later, under the same ids. Throws what the
 * work throws; then nothing was written and nothing is told.
 */
export async function transactAndTell<T>(
  parts: TellingParts,
  work: (store: Store, tell: Tell) => Promise<T>,
): Promise<T> {
  const told: Told[] = [];
  const result = await parts.store.transaction((store) =>
    work(store, async (name, payload, id = EventId.parse(newId('evt'))) => {
      await enqueueEvent(store, name, payload, id);
      told.push({ id, name, payload });
    }),
  );
  for (const event of told) await emitNow(parts, event);
  return result;
}

/** The quick way, in order; what fails here is the outbox's. */
async function emitNow({ store, bus, log }: TellingParts, event: Told): Promise<void> {
  try {
    await emitTold(bus, event);
    const entry = await store.outbox.byKey(keyOf(event.id));
    if (entry !== undefined) await store.outbox.complete(entry.id, {});
  } catch (error) {
    log.warn({ err: error, event: event.id, name: event.name }, 'an event is told later, by the outbox');
  }
}

/** Emits an event as it lies in the outbox. Throws a ZodError for something else, and what the bus throws. */
export async function emitTold(bus: Pick<Bus, 'emit'>, input: unknown): Promise<Record<string, never>> {
  const { id, name, payload } = Told.parse(input);
  await bus.emit(name, EVENTS[name].parse(payload), { id });
  return {};
}

function keyOf(id: EventId): string {
  return `event:${id}`;
}
