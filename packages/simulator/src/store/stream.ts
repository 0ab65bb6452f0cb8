import { ContinuumError } from '@continuum/contract/errors';
import { type Envelope, matchesPattern } from '@continuum/contract/event';
import type { StreamStore } from '@continuum/contract/ports/store';
import type { Statement } from './statement.ts';
import type { DeliveryRow, Tables } from './tables.ts';

const keyOf = (consumer: string, id: string): string => `${consumer}\n${id}`;
const bySeq = (a: { readonly seq: number }, b: { readonly seq: number }): number => a.seq - b.seq;
const WAITING = { state: 'waiting', dueAt: 0, deliveries: 0, error: '', diedAt: '' } as const;

/** Bytes of the longest key that an index of PostgreSQL takes. */
const LONGEST_KEY = 2_704;

function append(tables: Tables, event: Envelope): boolean {
  if (event.id.length > LONGEST_KEY) throw new ContinuumError('INVALID_INPUT', 'the id of this event is too long');
  if (tables.events.get(event.id) !== undefined) return false;
  tables.events.set(event.id, { seq: tables.next(), event });
  for (const consumer of tables.consumers.keys().sort()) {
    if (!matchesPattern(tables.consumers.get(consumer) ?? '', event.name)) continue;
    const row = { consumer, eventId: event.id, seq: tables.next(), ...WAITING };
    tables.deliveries.set(keyOf(consumer, event.id), row);
  }
  return true;
}

/** Deliveries of a consumer that are not dead. */
function open(tables: Tables, consumer: string): DeliveryRow[] {
  return tables.deliveries.all().filter((row) => row.consumer === consumer && row.state !== 'dead');
}

function update(tables: Tables, row: DeliveryRow, change: Partial<DeliveryRow>): void {
  tables.deliveries.set(keyOf(row.consumer, row.eventId), { ...row, ...change });
}

/** The delivery, when it is the one in flight under this number. */
function current(tables: Tables, consumer: string, id: string, delivery: number): DeliveryRow | undefined {
  const row = tables.deliveries.get(keyOf(consumer, id));
  return row?.state === 'inflight' && row.deliveries === delivery ? row : undefined;
}

/** Streams and durable consumers over tables in memory: the same rules as `packages/store`. */
export function simStream(statement: Statement): StreamStore {
  return {
    append: (event) => statement(`append ${event.id}`, (tables) => append(tables, event)),
    ensureConsumer: (name, pattern) =>
      statement(`ensure consumer ${name}`, (tables) => tables.consumers.set(name, pattern)),
    claim: (consumer, limit, now, leaseMs) =>
      statement(`claim for ${consumer}`, (tables) => {
        const due = open(tables, consumer).filter((row) => row.dueAt <= now.getTime());
        return due
          .sort(bySeq)
          .slice(0, limit)
          .flatMap((row) => {
            const delivery = row.deliveries + 1;
            update(tables, row, { state: 'inflight', deliveries: delivery, dueAt: now.getTime() + leaseMs });
            const event = tables.events.get(row.eventId)?.event;
            return event === undefined ? [] : [{ event, delivery }];
          });
      }),
    ack: (consumer, id) =>
      statement(`ack ${consumer} ${id}`, (tables) => tables.deliveries.delete(keyOf(consumer, id))),
    retry: (consumer, id, delivery, at, error) =>
      statement(`retry ${consumer} ${id}`, (tables) => {
        const row = current(tables, consumer, id, delivery);
        if (row !== undefined) update(tables, row, { state: 'waiting', dueAt: at.getTime(), error });
        return row !== undefined;
      }),
    bury: (consumer, id, delivery, error) =>
      statement(`bury ${consumer} ${id}`, (tables, now) => {
        const row = current(tables, consumer, id, delivery);
        if (row !== undefined) update(tables, row, { state: 'dead', error, diedAt: now.toISOString() });
        return row !== undefined;
      }),
    releaseAll: (consumer) =>
      statement(`release all of ${consumer}`, (tables) => {
        for (const row of open(tables, consumer)) {
          if (row.state === 'inflight') update(tables, row, { state: 'waiting', dueAt: 0 });
        }
      }),
    deadLetters: (limit) => statement('dead letters', (tables) => deadLetters(tables).slice(0, limit)),
    revive: (consumer, id) =>
      statement(`revive ${consumer} ${id}`, (tables) => {
        const row = tables.deliveries.get(keyOf(consumer, id));
        if (row?.state !== 'dead') return false;
        update(tables, row, { ...WAITING });
        return true;
      }),
    backlog: () => statement('backlog', backlog),
    nextDue: (consumer) =>
      statement(`next due of ${consumer}`, (tables) => {
        const due = open(tables, consumer).map((row) => row.dueAt);
        return due.length === 0 ? undefined : new Date(Math.min(...due));
      }),
    prune: (before) => statement('prune', (tables) => prune(tables, before)),
    recent: (limit) =>
      statement('recent', (tables) =>
        tables.events
          .all()
          .sort((a, b) => bySeq(b, a))
          .slice(0, limit)
          .map(({ event }) => event),
      ),
  };
}

/** Deliveries waiting or in flight, by consumer. */
export function backlog(tables: Tables): Record<string, number> {
  return Object.fromEntries(tables.consumers.keys().map((name) => [name, open(tables, name).length]));
}

/** Dead letters, newest first. */
export function deadLetters(tables: Tables): Awaited<ReturnType<StreamStore['deadLetters']>> {
  const dead = tables.deliveries.all().filter((row) => row.state === 'dead');
  return dead
    .sort((a, b) => bySeq(b, a))
    .flatMap(({ consumer, eventId, deliveries, error, diedAt }) => {
      const event = tables.events.get(eventId)?.event;
      return event === undefined ? [] : [{ consumer, event, deliveries, error, at: diedAt }];
    });
}

function prune(tables: Tables, before: Date): number {
  const waitedFor = new Set(tables.deliveries.all().map((row) => row.eventId));
  const gone = tables.events
    .all()
    .filter(({ event }) => Date.parse(event.at) < before.getTime() && !waitedFor.has(event.id));
  for (const { event } of gone) tables.events.delete(event.id);
  return gone.length;
}
