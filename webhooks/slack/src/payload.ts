import { z } from 'zod';

// Payloads narrowed to the fields that the system reads; whatever else Slack sends or adds later passes by.

/** What a delivery of Slack is, and the third word of its event `webhook:slack:<name>`. */
export type SlackEventName = 'event_callback' | 'interactive' | 'command';

/** `U024BE7LH`, `C024BE91L`: letters and digits, whatever they begin with. */
const Id = z.string().regex(/^[A-Z0-9]{1,40}$/);
/** `1360782804.083113`: seconds since 1970 and a number that makes it unique in its channel. */
const Ts = z.string().regex(/^\d{1,11}\.\d{1,8}$/);
/** Added when it comes in: Slack says no time of what people click and type. */
const ReceivedAt = z.iso.datetime();
const Trigger = z.string().regex(/^[\w.:-]{1,200}$/);

export const UrlVerification = z.object({ type: z.literal('url_verification'), challenge: z.string().max(1000) });

export const Triggered = z.object({ trigger_id: Trigger });

export const Envelope = z.object({
  type: z.literal('event_callback'),
  event_id: z.string().regex(/^[\w.:-]{1,200}$/),
  api_app_id: z.string().optional(),
  /** Seconds since 1970. */
  event_time: z.number().optional(),
  /** Under which installations we see it: our own user is among them. */
  authorizations: z.array(z.object({ user_id: z.string(), is_bot: z.boolean().optional() })).optional(),
  event: z.looseObject({ type: z.string() }),
});
export type Envelope = z.infer<typeof Envelope>;

/** A message as it is sent, in an edit, and as history has it. */
export const Said = z.object({
  ts: Ts,
  user: Id.optional(),
  bot_id: z.string().optional(),
  app_id: z.string().optional(),
  username: z.string().optional(),
  subtype: z.string().optional(),
  text: z.string().default(''),
  thread_ts: Ts.optional(),
  edited: z.object({ ts: Ts, user: z.string().optional() }).optional(),
});
export type Said = z.infer<typeof Said>;

export const MessageEvent = Said.extend({ type: z.literal('message'), channel: Id });

export const MessageChanged = z.object({
  type: z.literal('message'),
  subtype: z.literal('message_changed'),
  channel: Id,
  event_ts: Ts,
  message: Said,
  previous_message: z.object({ text: z.string().optional() }).optional(),
});

export const MessageDeleted = z.object({
  type: z.literal('message'),
  subtype: z.literal('message_deleted'),
  channel: Id,
  event_ts: Ts,
  deleted_ts: Ts,
  previous_message: Said.omit({ ts: true, text: true }).optional(),
});

export const ReactionEvent = z.object({
  type: z.enum(['reaction_added', 'reaction_removed']),
  user: Id,
  reaction: z.string().min(1).max(64),
  item: z.object({ type: z.literal('message'), channel: Id, ts: Ts }),
  event_ts: Ts,
});

/** Somebody opened the app: its own tab, not the messages beside it. */
export const HomeEvent = z.object({
  type: z.literal('event_callback'),
  event: z.object({ type: z.literal('app_home_opened'), user: Id, tab: z.literal('home').default('home') }),
});

const User = z.object({ id: Id, name: z.string().optional(), username: z.string().optional() });

export const BlockActions = z.object({
  type: z.literal('block_actions'),
  user: User,
  trigger_id: Trigger.optional(),
  received_at: ReceivedAt,
  channel: z.object({ id: Id, name: z.string().optional() }),
  message: z.object({ ts: Ts, thread_ts: Ts.optional() }),
  actions: z
    .array(z.object({ action_id: z.string(), value: z.string().max(200).optional(), action_ts: Ts.optional() }))
    .min(1),
});
export type BlockActions = z.infer<typeof BlockActions>;

export const ViewSubmission = z.object({
  type: z.literal('view_submission'),
  user: User,
  trigger_id: Trigger.optional(),
  received_at: ReceivedAt,
  view: z.object({
    id: z.string(),
    callback_id: z.string(),
    private_metadata: z.string().max(3000),
    state: z.object({
      values: z.record(z.string(), z.record(z.string(), z.looseObject({ value: z.string().nullish() }))),
    }),
  }),
});

export const SlashCommand = z.object({
  command: z.string(),
  text: z.string().default(''),
  user_id: Id,
  user_name: z.string().optional(),
  channel_id: Id,
  channel_name: z.string().optional(),
  trigger_id: Trigger,
  received_at: ReceivedAt,
});

/** Where a message stands, as its external id: `<channel>:<ts>`. */
export function externalIdOf(channel: string, ts: string): string {
  return `${channel}:${ts}`;
}

const Place = z.tuple([Id, Ts]);

/** Channel and ts of an external id; undefined for one that is not Slack's. */
export function placeOf(externalId: string): { readonly channel: string; readonly ts: string } | undefined {
  const place = Place.safeParse(externalId.split(':')).data;
  return place === undefined ? undefined : { channel: place[0], ts: place[1] };
}

/** A ts as ISO 8601. */
export function toIso(ts: string): string {
  return new Date(Number(ts) * 1000).toISOString();
}

/** A moment as a ts, for bounds of history. */
export function toTs(at: Date): string {
  return (at.getTime() / 1000).toFixed(6);
}
