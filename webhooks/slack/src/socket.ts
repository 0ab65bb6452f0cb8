import { setTimeout as wait } from 'node:timers/promises';
import { toContinuumError } from '@continuum/contract/errors';
import { SocketModeClient } from '@slack/socket-mode';
import { z } from 'zod';
import { type ClientOptions, quiet } from './client.ts';
import { fromSocket } from './delivery.ts';
import { toChatError } from './failures.ts';
import type { SlackEventName } from './payload.ts';

/** A delivery that came over the socket, JSON text in `body`. */
export interface SocketDelivery {
  readonly deliveryId: string;
  readonly event: string;
  readonly body: string;
}

export interface SlackSocketOptions extends ClientOptions {
  /** Resolves when the delivery is durable: only then Slack is told that we have it. */
  readonly take: (delivery: SocketDelivery) => Promise<unknown>;
  readonly now: () => Date;
  /** Before a connection that failed is tried again, in ms: at first, and at most. Default 1 000 and 60 000. */
  readonly backoffMs?: readonly [number, number];
}

/** A connection to Slack that is kept. */
export interface SlackSocket {
  readonly name: string;
  /** Resolves at once: Slack being away keeps nobody from starting. */
  start(): Promise<void>;
  /** Takes in what came, then closes. Idempotent. */
  stop(): Promise<void>;
  readonly isConnected: boolean;
}

/** What a WebSocket of Slack has to do to come up, in ms. */
const HELLO_MS = 30_000;
const CLOSE_MS = 2_000;
const NAMES: Readonly<Record<string, SlackEventName>> = {
  events_api: 'event_callback',
  interactive: 'interactive',
  slash_commands: 'command',
};
const Enveloped = z.object({
  type: z.string(),
  body: z.record(z.string(), z.unknown()),
  ack: z.custom<(answer?: Record<string, unknown>) => Promise<void>>((value) => typeof value === 'function'),
});

/**
 * Socket Mode (https://docs.slack.dev/apis/events-api/using-socket-mode): what would come as webhooks comes over a connection
 * that we open, and no address of ours has to be reachable. An envelope is acknowledged when it is durable; one that is not
 * comes again. Connects again whatever breaks.
 */
export function createSlackSocket(options: SlackSocketOptions): SlackSocket {
  const stopping = new AbortController();
  const inHand = new Set<Promise<void>>();
  let isConnected = false;
  let running: Promise<void> | undefined;
  const session = async (): Promise<void> => {
    const client = openClient(options);
    client.on('slack_event', (envelope: unknown) => {
      const work = takeEnvelope(options, envelope).finally(() => inHand.delete(work));
      inHand.add(work);
    });
    const gone = new Promise<void>((resolve) => client.once('disconnected', () => resolve()));
    try {
      await connect(client, stopping.signal);
      isConnected = true;
      options.log?.info('connected to Slack');
      await Promise.race([gone, aborted(stopping.signal)]);
    } finally {
      isConnected = false;
      // What was taken in is still to be acknowledged.
      await Promise.all(inHand);
      await Promise.race([client.disconnect(), wait(CLOSE_MS)]);
    }
  };
  return {
    name: 'slack-socket',
    async start() {
      running = keep(options, session, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await running;
    },
    get isConnected() {
      return isConnected;
    },
  };
}

function openClient({ apiUrl, token, log }: SlackSocketOptions): SocketModeClient {
  return new SocketModeClient({
    appToken: token,
    logger: quiet(log),
    // Its own way of connecting again throws where nobody can catch it.
    autoReconnectEnabled: false,
    clientOptions: {
      slackApiUrl: `${apiUrl.replace(/\/+$/, '')}/`,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: HELLO_MS,
    },
  });
}

async function connect(client: SocketModeClient, signal: AbortSignal): Promise<void> {
  const late = new AbortController();
  const tooLate = wait(HELLO_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error('Slack opened a connection and said nothing');
  });
  tooLate.catch(() => undefined);
  const started = client.start();
  started.catch(() => undefined);
  try {
    await Promise.race([started, tooLate, aborted(signal)]);
  } finally {
    late.abort();
  }
}

async function keep(options: SlackSocketOptions, session: () => Promise<void>, stop: AbortSignal): Promise<void> {
  const [firstMs, longestMs] = options.backoffMs ?? [1_000, 60_000];
  let pauseMs = firstMs;
  while (!stop.aborted) {
    const began = Date.now();
    await session().catch((thrown: unknown) => tell(options, thrown));
    // One that held for a while was fine: Slack ends each after some hours.
    pauseMs = Date.now() - began > longestMs ? firstMs : Math.min(longestMs, pauseMs * 2);
    await wait(pauseMs * (0.5 + Math.random() / 2), undefined, { signal: stop }).catch(() => undefined);
  }
}

function tell({ log }: SlackSocketOptions, thrown: unknown): void {
  // The client rejects with nothing at all when a socket closes before it is up.
  const error = thrown === undefined ? undefined : toChatError(thrown);
  log?.warn(`no connection to Slack, tried again: ${error?.message ?? 'it was closed'} ${error?.next ?? ''}`.trimEnd());
}

/** Never rejects: what cannot be taken in is not acknowledged, and Slack sends it again. */
async function takeEnvelope({ take, now, log }: SlackSocketOptions, envelope: unknown): Promise<void> {
  try {
    const { type, body, ack } = Enveloped.parse(envelope);
    const event = NAMES[type];
    if (event === undefined) return await ack();
    const { deliveryId, body: text = '', reply } = fromSocket(event, body, now());
    await take({ deliveryId, event, body: text });
    await ack(isAnswer(reply?.body) ? reply.body : undefined);
  } catch (thrown) {
    const { code, message } = toContinuumError(thrown);
    log?.warn(`a delivery of Slack was not acknowledged and comes again: ${code}: ${message}`);
  }
}

function isAnswer(body: unknown): body is Record<string, unknown> {
  return typeof body === 'object' && body !== null;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
