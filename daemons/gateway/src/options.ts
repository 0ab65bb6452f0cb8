import type { ChangeSet } from '@continuum/contract/change-set';
import type { Readiness } from '@continuum/contract/http';

/** The answer to one delivery, decided by whoever owns intake. */
export interface DeliveryAnswer {
  readonly status: number;
  readonly body: unknown;
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

/** What the gateway cannot know by itself: handed in by the one composition function. */
export interface GatewayOptions {
  /** Verifies and stores one delivery; header names are lower case, the body is byte for byte as sent. */
  readonly acceptDelivery: (
    source: string,
    headers: Record<string, string | undefined>,
    rawBody: Buffer,
  ) => Promise<DeliveryAnswer>;
  readonly ready: () => Promise<Readiness>;
  /** Throws NOT_A_REPOSITORY or UNKNOWN_REVISION. */
  readonly localChangeSet: (input: LocalRange) => Promise<ChangeSet>;
  /** Throws NOT_A_DIFF. */
  readonly parsePatch: (text: string, about: { readonly repo: string; readonly title: string }) => ChangeSet;
  /** Folder of the built dashboard; without it `/` says how to build it. */
  readonly staticFolder?: string;
}
