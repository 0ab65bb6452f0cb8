import { setTimeout as sleep } from 'node:timers/promises';
import { ContinuumError } from '@continuum/contract/errors';
import { AuthorizationError, connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { EventEmitter } from 'eventemitter3';
import { type BusLog, SILENT } from '../log.ts';

/** A server that says nothing for two of these is gone: half-open connections are noticed within 10 s. */
const PING_MS = 5000;
const RECONNECT_MS = 250;
const RECONNECT_JITTER_MS = 250;
const FLUSH_MS = 1000;

export interface NatsSettings {
  /** One url, or several of one cluster: `nats://[user:password@|token@]host:port`. */
  readonly servers: readonly string[];
  /** How the servers list this client. */
  readonly name?: string;
  readonly log?: BusLog;
  /** How long the first connection is tried, in ms. Default 30 000. */
  readonly connectWithinMs?: number;
}

/** One connection of a process, shared by its bus and its commands: tried again for ever once it stood. */
export interface NatsLink {
  readonly connection: NatsConnection;
  readonly connected: boolean;
  /** Resolves when the connection stands, or after `withinMs`; says which. */
  untilConnected(withinMs: number): Promise<boolean>;
  /** Calls back after each loss that was repaired, until the returned function is called. */
  onReconnect(listener: () => void): () => void;
  /** The answer to what was sent over this connection; rejects at once when the connection is lost before it came. */
  unlessLost<T>(answer: Promise<T>): Promise<T>;
  /** Sends what is still to be sent and disconnects. Close the bus and the commands first. Idempotent. */
  close(): Promise<void>;
}

/** Connects to the first server that answers. Throws BUS_UNAVAILABLE (retryable), UNAUTHORIZED. */
export async function connectNats(settings: NatsSettings): Promise<NatsLink> {
  const { log = SILENT, connectWithinMs = 30_000 } = settings;
  const deadline = Date.now() + connectWithinMs;
  const options = toConnectOptions(settings);
  for (;;) {
    try {
      return new Link(await connect(options), log);
    } catch (error) {
      if (error instanceof AuthorizationError) {
        throw new ContinuumError('UNAUTHORIZED', 'NATS does not take our user and password, or token.', {
          next: 'Put the ones of the server into NATS_URL: nats://user:password@host:port.',
        });
      }
      if (Date.now() > deadline) throw unreachable(error);
      await sleep(RECONNECT_MS);
    }
  }
}

function toConnectOptions({ servers, name = 'continuum' }: NatsSettings): NodeConnectionOptions {
  const urls = servers.map((server) => new URL(server.includes('://') ? server : `nats://${server}`));
  return {
    ...{ servers: urls.map((url) => url.host), name, ...toLogin(urls[0]) },
    ...(urls.some((url) => url.protocol === 'tls:') ? { tls: {} } : {}),
    ...{ maxReconnectAttempts: -1, reconnectTimeWait: RECONNECT_MS, reconnectJitter: RECONNECT_JITTER_MS },
    ...{ pingInterval: PING_MS, maxPingOut: 2, ignoreAuthErrorAbort: true, timeout: 5000 },
  };
}

function toLogin(url: URL | undefined): Pick<NodeConnectionOptions, 'user' | 'pass' | 'token'> {
  const user = decodeURIComponent(url?.username ?? '');
  const pass = decodeURIComponent(url?.password ?? '');
  if (user === '') return {};
  return pass === '' ? { token: user } : { user, pass };
}

function unreachable(cause: unknown): ContinuumError {
  return new ContinuumError('BUS_UNAVAILABLE', 'No NATS server answers.', {
    next: 'Start nats-server, or correct NATS_URL.',
    retryable: true,
    cause,
  });
}

class Link implements NatsLink {
  readonly connection: NatsConnection;
  readonly #log: BusLog;
  readonly #signals = new EventEmitter<{ reconnect: []; lost: [] }>();
  #connected = true;
  #closing: Promise<void> | undefined;

  constructor(connection: NatsConnection, log: BusLog) {
    this.connection = connection;
    this.#log = log;
    void this.#watch();
  }

  get connected(): boolean {
    return this.#connected && !this.connection.isClosed();
  }

  async untilConnected(withinMs: number): Promise<boolean> {
    if (this.connected) return true;
    const cancel = new AbortController();
    const back = Promise.withResolvers<void>();
    this.#signals.once('reconnect', back.resolve);
    await Promise.race([back.promise, sleep(withinMs, undefined, { signal: cancel.signal }).catch(() => undefined)]);
    cancel.abort();
    this.#signals.off('reconnect', back.resolve);
    return this.connected;
  }

  onReconnect(listener: () => void): () => void {
    this.#signals.on('reconnect', listener);
    return () => void this.#signals.off('reconnect', listener);
  }

  async unlessLost<T>(answer: Promise<T>): Promise<T> {
    const lost = Promise.withResolvers<never>();
    const onLost = () => lost.reject(new Error('the connection to NATS was lost'));
    this.#signals.once('lost', onLost);
    return Promise.race([answer, lost.promise]).finally(() => this.#signals.off('lost', onLost));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.connected) {
      const flushed = this.connection.flush().catch(() => undefined);
      await Promise.race([flushed, sleep(FLUSH_MS, undefined, { ref: false })]);
    }
    await this.connection.close();
  }

  /** Each loss and each return is told once, however many attempts lie between. */
  async #watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'disconnect' && this.#connected) {
        this.#connected = false;
        this.#signals.emit('lost');
        if (this.#closing === undefined) this.#log.warn({ server: status.server }, 'the connection to NATS is lost');
      } else if (status.type === 'reconnect' && !this.#connected) {
        this.#connected = true;
        this.#log.warn({ server: status.server }, 'the connection to NATS is back');
        this.#signals.emit('reconnect');
      }
    }
  }
}
