/**
 * Options of a durable consumer that needs the code host: while that is away its events wait, for about two hours before
 * they are dead letters.
 */
export const OUTLASTS_AN_OUTAGE = { maxDeliveries: 120, backoffMs: 1_000 } as const;
