import { toJsonText } from '../clean.ts';
import type { Connection } from '../connection.ts';

/** A delivery that is done. */
export interface Acknowledged {
  readonly consumer: string;
  readonly event: string;
}

const ACKNOWLEDGE = `
delete from deliveries using json_to_recordset($1::json) as done (consumer text, event text)
where deliveries.event_id = done.event and deliveries.consumer = done.consumer`;

/** Removes deliveries in one statement, all or none. */
export async function acknowledgeAll(
  connection: Connection,
  done: readonly Acknowledged[],
): Promise<readonly undefined[]> {
  await connection.query(ACKNOWLEDGE, [toJsonText(done)]);
  return done.map(() => undefined);
}
