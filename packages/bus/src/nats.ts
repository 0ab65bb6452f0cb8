import type { Bus } from '@continuum/contract/ports/bus';
import type { BusLog } from './log.ts';
import type { NatsLink } from './nats/connection.ts';

export interface NatsBusOptions {
  /** Closed by its owner, after the bus. */
  readonly link: NatsLink;
  /** Copies of each stream, on as many servers: 1 or 3. Default 1. */
  readonly replicas?: number;
  readonly now?: () => Date;
  readonly log?: BusLog;
  /** First word of all subjects and stream names: deployments that share a server differ in it. Default `continuum`. */
  readonly prefix?: string;
  /** Days after which events go, handled or not. Default 7. */
  readonly keepDays?: number;
  /** What a process that died had in hand is offered again after this many ms. Default 15 000. */
  readonly redeliverAfterMs?: number;
}

/**
 * The bus over NATS JetStream for many processes. Throws BUS_UNAVAILABLE (retryable) when its streams cannot be made.
 *
 * nats-server acknowledges what it has written, and fsyncs every two minutes: from 2.10 on set `sync_interval: always` (or
 * keep three replicas in different places) against loss of power. The journal stays the guarantee behind a 202: intake hands
 * its last 15 minutes on again at start, and the duplicate window makes that harmless.
 */
export async function openNatsBus(options: NatsBusOptions): Promise<Bus> {
  throw new Error(`not yet: ${options.prefix}`);
}
