import { z } from 'zod';
import type { CandidateFinding } from './finding.ts';
import type { FindingId } from './ids.ts';

/** Where teams work: each has a folder under `webhooks/` and an endpoint under `/webhooks/`. */
export const SOURCE_NAMES = ['github', 'slack', 'vscode', 'linear', 'jira', 'ci'] as const;
export const SourceName = z.enum(SOURCE_NAMES);
export type SourceName = z.infer<typeof SourceName>;

/** Header names in small letters, as Node gives them. */
export type DeliveryHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A delivery as it came in, with what it takes to believe it. */
export interface RawDelivery {
  readonly headers: DeliveryHeaders;
  /** Byte for byte as sent. */
  readonly rawBody: Uint8Array;
  readonly secret: string;
  /** Still accepted while a secret is being changed. */
  readonly previousSecret?: string | undefined;
  readonly now: Date;
}

/** A delivery whose sender is proven. */
export interface VerifiedDelivery {
  /** The same delivery sent again carries the same id; unique for its source. */
  readonly deliveryId: string;
  /** Third word of the event `webhook:<source>:<event>`. */
  readonly event: string;
  /** JSON text to keep where the raw body is none. */
  readonly body?: string;
  /** What the sender has to read, and nothing else, once the delivery is durable. */
  readonly reply?: DeliveryReply;
  /** A handshake: its reply is given at once and nothing is kept. */
  readonly isHandshake?: boolean;
}

export interface DeliveryReply {
  readonly status: 200 | 202;
  /** An empty body when absent. */
  readonly body?: unknown;
}

/**
 * Proves and names a delivery. Size and signature come first: what is not signed is never parsed. Throws PAYLOAD_TOO_LARGE,
 * UNAUTHORIZED (also for a stale one), INVALID_INPUT, UNKNOWN_EVENT, PAYLOAD_TOO_DEEP, MALFORMED_JSON.
 */
export type VerifyDelivery = (delivery: RawDelivery) => Promise<VerifiedDelivery>;

/** Somebody as the source knows them. */
export interface SourceAuthor {
  /** Unique on the source: a login, or a user id. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'person' | 'bot';
}

/** Where on a source something was said: a Slack channel, a pull request, a ticket. */
export interface Place {
  /** Unique on the source: `C024BE91L`, `acme/shop#12`, `ENG-42`. */
  readonly id: string;
  readonly title?: string;
  readonly repo?: string;
  readonly pr?: number;
}

interface Said {
  readonly place: Place;
  readonly author: SourceAuthor;
  /** ISO 8601. */
  readonly at: string;
}

/** Somebody wrote, changed or took back a message. */
export interface MessageSignal extends Said {
  readonly kind: 'message';
  readonly action: 'created' | 'edited' | 'deleted';
  /** Unique on the source. */
  readonly externalId: string;
  /** `externalId` of the message that it answers, or of the first of its thread. */
  readonly replyTo?: string;
  /** Untrusted text, Markdown. */
  readonly text: string;
  readonly url?: string;
}

/** Somebody put an emoji on a message, or took it off. */
export interface ReactionSignal extends Said {
  readonly kind: 'reaction';
  readonly action: 'added' | 'removed';
  /** `externalId` of the message. */
  readonly on: string;
  /** Shortcode without colons, such as `thumbsup`, or the emoji itself. */
  readonly emoji: string;
}

/** What a button, a quick fix or a resolved thread says of a finding. */
export interface VerdictSignal extends Said {
  readonly kind: 'verdict';
  /** The finding itself, or `externalId` of the message that tells of it. */
  readonly about: { readonly findingId: FindingId } | { readonly externalId: string };
  /** `edit` carries the person's text in `text`; `resolved` says that the thread was closed, by whatever outcome. */
  readonly verdict: 'right' | 'wrong' | 'edit' | 'resolved';
  /** Untrusted text. */
  readonly reason: string;
  readonly text?: string;
}

/** A command to us: `@continuum explain` in a comment, `/continuum scope enter /security` in a chat. */
export interface CommandSignal extends Said {
  readonly kind: 'command';
  readonly externalId: string;
  readonly replyTo?: string;
  /** The words after our name, untrusted: `explain`, `scope enter /security/`. */
  readonly words: string;
  readonly url?: string;
}

/** A linked ticket as its tracker has it now. */
export interface TicketSignal extends Said {
  readonly kind: 'ticket';
  readonly action: 'created' | 'updated' | 'removed';
  readonly ticket: Ticket;
}

/** What somebody wants done, in a tracker. */
export interface Ticket {
  /** As people write it: `ENG-42`. */
  readonly key: string;
  readonly title: string;
  /** Untrusted text. */
  readonly description: string;
  readonly state: string;
  readonly url: string;
}

/** What a tool in CI found, or that it found nothing. */
export interface ResultsSignal extends Said {
  readonly kind: 'results';
  readonly repo: string;
  readonly pr?: number;
  /** Commit that was looked at. */
  readonly head: string;
  /** Name of the tool or check, for example `eslint`. */
  readonly tool: string;
  readonly outcome: 'success' | 'failure' | 'neutral';
  readonly findings: readonly CandidateFinding[];
  readonly url?: string;
}

/** What a delivery of any source says, in the words of rooms: the same for all of them. */
export type Signal = MessageSignal | ReactionSignal | VerdictSignal | CommandSignal | TicketSignal | ResultsSignal;

/**
 * Reads the signals off a verified payload, narrowed to what the system acts on. Pure. Empty for what nobody acts on and for a
 * payload that lacks what its event always has.
 */
export type ReadSignals = (event: string, payload: Readonly<Record<string, unknown>>) => readonly Signal[];
