import { ContinuumError } from '@continuum/contract/errors';
import { type BroadcastName, type Envelope, matchesPattern } from '@continuum/contract/event';
import type { Bus, Subscription } from '@continuum/contract/ports/bus';

const MAX_CLIENTS = 500;
/** A client that reads slower than this many events behind is cut off and reconnects. */
const MAX_QUEUED = 1000;
const REPLAYED = 500;

/** Live events for many clients over one subscription of the bus. */
export interface Feed {
  start(): Promise<void>;
  /** Ends every stream. */
  stop(): Promise<void>;
  /**
   * A stream of server-sent events; the ones after `lastEventId` first, as far as they are kept. Broadcasts come to those
   * who name them in full, without an id: nobody can resume from one. Throws OVERLOADED.
   */
  open(patterns: readonly string[], lastEventId: string | undefined): Promise<ReadableStream<Uint8Array>>;
  readonly clients: number;
}

type Send = (event: Envelope) => void;
interface Client {
  readonly send: Send;
  readonly hear: (name: BroadcastName, payload: unknown) => void;
  readonly close: () => void;
}

/** A feed over the bus; which answers what a client missed. `heartbeatMs` keeps proxies from closing silent streams. */
export function createFeed(bus: Bus, heartbeatMs = 15_000): Feed {
  const clients = new Set<Client>();
  const subscriptions: Subscription[] = [];
  return {
    get clients() {
      return clients.size;
    },
    async start() {
      const toAll = async (event: Envelope): Promise<void> => {
        for (const client of clients) client.send(event);
      };
      subscriptions.push(await bus.subscribe('**', toAll), await listenTo(bus, 'room:draft', clients));
    },
    async stop() {
      await Promise.all(subscriptions.splice(0).map((subscription) => subscription.stop()));
      for (const client of clients) client.close();
    },
    async open(patterns, lastEventId) {
      if (clients.size >= MAX_CLIENTS) {
        throw new ContinuumError('OVERLOADED', 'too many live streams are open', { retryAfterMs: 5000 });
      }
      return openStream(clients, patterns, heartbeatMs, await missedSince(bus, lastEventId));
    },
  };
}

function listenTo(bus: Bus, name: BroadcastName, clients: ReadonlySet<Client>): Promise<Subscription> {
  return bus.listen(name, (payload) => {
    for (const client of clients) client.hear(name, payload);
  });
}

function openStream(
  clients: Set<Client>,
  patterns: readonly string[],
  heartbeatMs: number,
  missed: readonly Envelope[],
): ReadableStream<Uint8Array> {
  let leave = () => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const { client, heartbeat } = toClient(controller, patterns, () => leave());
        const timer = setInterval(heartbeat, heartbeatMs);
        leave = () => {
          clearInterval(timer);
          clients.delete(client);
        };
        clients.add(client);
        heartbeat();
        for (const event of missed) client.send(event);
      },
      cancel: () => leave(),
    },
    new CountQueuingStrategy({ highWaterMark: MAX_QUEUED }),
  );
}

function toClient(
  controller: ReadableStreamDefaultController<Uint8Array>,
  patterns: readonly string[],
  leave: () => void,
): { client: Client; heartbeat: () => void } {
  const encoder = new TextEncoder();
  const close = () => {
    leave();
    controller.close();
  };
  const write = (text: string) => {
    if ((controller.desiredSize ?? 0) <= 0) close();
    else controller.enqueue(encoder.encode(text));
  };
  const send: Send = (event) => {
    if (patterns.some((pattern) => matchesPattern(pattern, event.name))) write(toServerSentEvent(event));
  };
  const hear: Client['hear'] = (name, payload) => {
    if (patterns.includes(name)) write(toServerSentBroadcast(name, payload));
  };
  return { client: { send, hear, close }, heartbeat: () => write(': alive\n\n') };
}

/** One event in the wire form of the WHATWG standard: id, name and one line of JSON. */
export function toServerSentEvent(event: Envelope): string {
  return `id: ${event.id.replace(/[\r\n\0]/g, '')}\nevent: ${event.name}\ndata: ${JSON.stringify(event)}\n\n`;
}

function toServerSentBroadcast(name: BroadcastName, payload: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify({ name, payload })}\n\n`;
}

async function missedSince(bus: Bus, lastEventId: string | undefined): Promise<Envelope[]> {
  if (lastEventId === undefined) return [];
  const recent = (await bus.recent(REPLAYED)).toSorted((a, b) => a.at.localeCompare(b.at));
  const seen = recent.findIndex((event) => event.id === lastEventId);
  return seen === -1 ? [] : recent.slice(seen + 1);
}
