import type { ChangeSet } from '@continuum/contract/change-set';
import type { Readiness } from '@continuum/contract/http';
import type { Door } from './door.ts';

/** The answer to one delivery, decided by whoever owns intake. */
export interface DeliveryAnswer {
  readonly status: number;
  /** Nothing is written when absent. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** A range of a git work tree on this machine. */
export interface LocalRange {
  /** Absolute folder. */
  readonly folder: string;
  readonly base: string;
  readonly head: string;
  /** `owner/name` under which the review is remembered. */
  readonly name?: string;
}

/** What a process needs to serve the API and the dashboard. */
export interface ApiOptions {
  /** Throws NOT_A_REPOSITORY or UNKNOWN_REVISION. */
  readonly localChangeSet: (input: LocalRange) => Promise<ChangeSet>;
  /** Throws NOT_A_DIFF. */
  readonly parsePatch: (text: string, about: { readonly repo: string; readonly title: string }) => ChangeSet;
  /** Folder of the built dashboard; without it `/` says how to build it. */
  readonly staticFolder?: string;
  /** Bytes of deliveries that are durable and not handed on yet; absent where this process takes none in. */
  readonly journalPendingBytes?: () => number;
}

/** What the gateway cannot know by itself: handed in by the one composition function. */
export interface GatewayOptions {
  readonly ready: () => Promise<Readiness>;
  /**
   * Verifies and stores one delivery; header names are lower case, the body is byte for byte as sent. The body is no longer read
   * once the answer has a status below 500. No webhooks when absent.
   */
  readonly acceptDelivery?: (
    source: string,
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
    rawBody: Buffer,
  ) => Promise<DeliveryAnswer>;
  /**
   * Asked before a body is read, with its announced bytes: the answer that refuses it, or a place, released when the delivery
   * is answered. Everybody has a place when absent.
   */
  readonly admitDelivery?: (bytes: number) => DeliveryAnswer | { readonly release: () => void };
  /** No API and no dashboard when absent; health and metrics are everywhere. */
  readonly api?: ApiOptions;
  /** Open all the time when absent. */
  readonly door?: Door;
}
