import type { Envelope } from '@continuum/contract/event';
import { toJsonText } from '../clean.ts';
import type { Connection } from '../connection.ts';
import { patternsOf } from '../patterns.ts';

/** An event on its way into the stream, as JSON text. */
export interface Appended {
  readonly id: string;
  readonly name: string;
  readonly json: string;
}

/**
 * One statement, one round trip, one commit: events in the order given, then a delivery for each consumer whose pattern is
 * one of those that match. An id that exists, or comes twice, is stored once.
 */
const APPEND = `
with given as (
  select * from rows from (
    json_to_recordset($1::json) as (id text, name text, payload jsonb, at text, at_ms bigint, causation_id text)
  ) with ordinality as given (id, name, payload, at, at_ms, causation_id, place)
), added as (
  insert into events (id, name, payload, at, at_ms, causation_id)
  select id, name, payload, at, at_ms, causation_id from given order by place
  on conflict do nothing
  returning id, name, seq
), lined as (
  insert into deliveries (consumer, event_id, state)
  select consumers.name, added.id, 'waiting'
  from added
  join json_to_recordset($2::json) as matching (event text, pattern text) on matching.event = added.name
  join consumers on consumers.pattern = matching.pattern
  order by added.seq, consumers.name
)
select id from added`;

/** An event as `appendAll` takes it; one without a readable time counts from `now`. */
export function toAppended(event: Envelope, now: Date): Appended {
  const { id, name, payload, at, causationId } = event;
  const atMs = Date.parse(at);
  const row = { id, name, payload, at, at_ms: Number.isNaN(atMs) ? now.getTime() : atMs, causation_id: causationId };
  return { id, name, json: toJsonText(row) };
}

/** Stores events and their deliveries, all or none; says of each whether it is new. */
export async function appendAll(connection: Connection, events: readonly Appended[]): Promise<boolean[]> {
  const names = [...new Set(events.map(({ name }) => name))];
  const matching = names.flatMap((event) => patternsOf(event).map((pattern) => ({ event, pattern })));
  const given = `[${events.map(({ json }) => json).join(',')}]`;
  const rows = await connection.query(APPEND, [given, JSON.stringify(matching)]);
  const added = new Set(rows.map(([id]) => id));
  return events.map(({ id }) => added.delete(id));
}
