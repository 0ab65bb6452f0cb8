import { z } from 'zod';
import {
  EventId,
  ExampleId,
  FeedbackId,
  FindingId,
  MemoryId,
  MessageId,
  PersonaId,
  ReviewId,
  RoomId,
  ScopeId,
} from './ids.ts';
import { LayerId, LayerState } from './layer.ts';
import { TrainingProgress } from './training-job.ts';

/** A delivery from outside, after its signature was verified and before anybody interpreted its payload. */
export const WebhookPayload = z.object({
  deliveryId: z.string(),
  event: z.string(),
  action: z.string().optional(),
  payload: z.record(z.string(), z.unknown()),
});
export type WebhookPayload = z.infer<typeof WebhookPayload>;

/** Every event of the system: its name and the shape of its payload. Names map to subjects by `:` -> `.`. */
export const EVENTS = {
  'webhook:github:pull_request': WebhookPayload,
  'webhook:github:issue_comment': WebhookPayload,
  'webhook:github:pull_request_review_comment': WebhookPayload,
  'webhook:github:pull_request_review': WebhookPayload,
  'webhook:github:push': WebhookPayload,
  'review:completed': z.object({
    reviewId: ReviewId,
    repo: z.string(),
    pr: z.number().int().optional(),
    posted: z.number().int(),
    withheld: z.number().int(),
    ms: z.number(),
  }),
  'finding:changed': z.object({ findingId: FindingId, repo: z.string(), status: z.string() }),
  'room:message': z.object({ messageId: MessageId, roomId: RoomId }),
  'room:reaction': z.object({
    messageId: MessageId,
    author: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
    emoji: z.string(),
    source: z.string(),
    /** It was taken off again. */
    removed: z.boolean().optional(),
  }),
  'feedback:given': z.object({ feedbackId: FeedbackId }),
  'learning:example': z.object({ exampleId: ExampleId, scope: ScopeId, state: z.string(), priority: z.number() }),
  'learning:memory': z.object({ memoryId: MemoryId, scope: ScopeId, state: z.string() }),
  'training:progress': TrainingProgress.extend({ scope: ScopeId }),
  'layer:changed': z.object({ layerId: LayerId, scope: ScopeId, state: LayerState, because: z.string() }),
  'scope:entered': z.object({ persona: PersonaId, scope: ScopeId, chain: z.array(ScopeId) }),
  'scope:left': z.object({ persona: PersonaId, scope: ScopeId }),
} as const;

export type EventName = keyof typeof EVENTS;
export type EventPayload<N extends EventName> = z.infer<(typeof EVENTS)[N]>;
/** Events that a delivery becomes; every other known delivery is acknowledged and kept in the journal only. */
export type WebhookEventName = Extract<EventName, `webhook:${string}`>;
const isWebhook = (name: EventName): name is WebhookEventName => name.startsWith('webhook:');
export const EventName = z.enum(Object.keys(EVENTS) as [EventName, ...EventName[]]);
export const WebhookEventName = z.enum(EventName.options.filter(isWebhook));

/** What travels on the bus. */
export const Envelope = z.object({
  id: EventId,
  name: EventName,
  payload: z.unknown(),
  /** ISO 8601. */
  at: z.string(),
  /** The event that led to this one. */
  causationId: EventId.optional(),
});
export interface Envelope<N extends EventName = EventName> {
  readonly id: EventId;
  readonly name: N;
  readonly payload: EventPayload<N>;
  readonly at: string;
  readonly causationId?: EventId | undefined;
}

/** `webhook:github:push` as the NATS subject `continuum.webhook.github.push`. */
export function toSubject(name: string): string {
  return `continuum.${name.replaceAll(':', '.')}`;
}

/** Does a name match a pattern such as `webhook:github:*` (one word) or `webhook:**` (the rest)? */
export function matchesPattern(pattern: string, name: string): boolean {
  const want = pattern.split(':');
  const have = name.split(':');
  for (const [index, word] of want.entries()) {
    if (word === '**') return have.length > index;
    if (have[index] === undefined || (word !== '*' && word !== have[index])) return false;
  }
  return want.length === have.length;
}
