import type { Ticket } from '@continuum/contract/source';

/** How long a tracker's word about a ticket counts, in ms: a review that names it five times asks once. */
export const TICKET_TTL_MS = 5 * 60_000;
const MOST_TICKETS = 500;

export interface TicketCacheOptions {
  readonly now: () => Date;
  /** Asks the tracker; undefined when there is no such ticket. */
  readonly read: (key: string) => Promise<Ticket | undefined>;
}

/**
 * Reads tickets through a cache of five minutes. Questions for one key at the same time share one request; a failure is not
 * remembered. The handed function throws what `read` throws.
 */
export function cachedTickets({ now, read }: TicketCacheOptions): (key: string) => Promise<Ticket | undefined> {
  const known = new Map<string, { readonly ticket: Promise<Ticket | undefined>; readonly until: number }>();
  return (key) => {
    const at = now().getTime();
    const entry = known.get(key);
    if (entry !== undefined && entry.until > at) return entry.ticket;
    const ticket = read(key);
    known.delete(key);
    known.set(key, { ticket, until: at + TICKET_TTL_MS });
    ticket.catch(() => {
      if (known.get(key)?.ticket === ticket) known.delete(key);
    });
    const [oldest] = known.keys();
    if (known.size > MOST_TICKETS && oldest !== undefined) known.delete(oldest);
    return ticket;
  };
}
