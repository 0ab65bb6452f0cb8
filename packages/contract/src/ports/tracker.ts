import type { SourceName, Ticket } from '../source.ts';

/** A tracker behind its port. Throws TRACKER_UNAVAILABLE (retryable), TRACKER_REJECTED with what to do. */
export interface Tracker {
  readonly source: SourceName;
  /** Undefined when there is none of this key, or none that we may see. Cached for some minutes. */
  ticket(key: string): Promise<Ticket | undefined>;
  /** Comments on a ticket, once per key. */
  comment(input: {
    readonly key: string;
    readonly ticket: string;
    /** Markdown. */
    readonly body: string;
    readonly signal?: AbortSignal | undefined;
  }): Promise<{ readonly externalId: string; readonly url: string | undefined }>;
}
