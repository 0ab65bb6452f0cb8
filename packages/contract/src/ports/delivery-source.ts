/** A delivery that its sender could not hand over, as the sender keeps it. */
export interface MissedDelivery {
  /** The sender's own id: the same as in the header of the delivery that failed. */
  readonly deliveryId: string;
  readonly event: string;
  /** When it was first sent, ISO 8601. */
  readonly at: string;
  /** JSON text of the payload. */
  readonly body: string;
}

/** Asks a sender what it could not deliver: how an outage of ours is made good. */
export interface DeliverySource {
  /** The webhook source, such as `github`. */
  readonly source: string;
  /**
   * Deliveries of [since, until] that never succeeded, each once, oldest first. Throws CODE_HOST_UNAVAILABLE (retryable),
   * CODE_HOST_REJECTED with what to do, such as a permission that is missing.
   */
  missed(since: Date, until: Date, signal?: AbortSignal): AsyncIterable<MissedDelivery>;
}
