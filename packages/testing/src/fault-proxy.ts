import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Direction, type Follower, ProxiedConnection, Weather } from './proxied-connection.ts';

/** A TCP proxy on loopback between two parties, where a test is the bad network. Faults hold until `heal`. */
export interface FaultProxy {
  /** Where to connect instead of the target. */
  readonly port: number;
  /** Those that are open. */
  readonly connections: readonly ProxiedConnection[];
  /** How many connections it ever took. */
  readonly accepted: number;
  /** Half-open: connections stay and new ones are taken, but nothing passes, neither bytes nor ends. */
  pause(): void;
  /** Bytes in that direction vanish; the sender believes that they arrived. */
  blackhole(direction: Direction): void;
  /** Resets every open connection; new ones pass. */
  cut(): void;
  /** Resets every open connection; new ones are refused. */
  refuse(): Promise<void>;
  /** Each piece of up to 64 KiB waits this long, in ms. */
  delay(ms: number): void;
  /** Bytes per second and direction of each connection. */
  limit(bytesPerSecond: number): void;
  /** The next connection that carries this many bytes in that direction is reset there, in the middle of whatever it is; once. */
  cutAfter(bytes: number, direction: Direction): void;
  /** Calls the follower for each piece until the returned function is called. */
  follow(follower: Follower): () => void;
  /** Ends all faults: what was held passes now; connections that lost bytes are reset. */
  heal(): Promise<void>;
  /** Resets what is open and closes the port. */
  stop(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1 to a port there. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const weather = new Weather();
  const open = new Set<ProxiedConnection>();
  let accepted = 0;
  const take = (client: Socket): void => {
    accepted += 1;
    const upstream = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const connection = new ProxiedConnection(accepted, client, upstream, weather);
    open.add(connection);
    void connection.run().finally(() => open.delete(connection));
  };
  let server = await listen(0, take);
  const port = portOf(server);
  const cut = (): void => {
    for (const connection of open) connection.cut();
  };
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  };
  return {
    port,
    get connections() {
      return [...open];
    },
    get accepted() {
      return accepted;
    },
    pause: () => {
      weather.paused = true;
    },
    blackhole: (direction) => {
      weather.lost.add(direction);
    },
    cut,
    refuse: close,
    delay: (ms) => {
      weather.delayMs = ms;
    },
    limit: (bytesPerSecond) => {
      weather.bytesPerSecond = bytesPerSecond;
    },
    cutAfter: (bytes, direction) => {
      weather.cutAfter = { bytes, direction };
    },
    follow: (follower) => {
      weather.followers.add(follower);
      return () => weather.followers.delete(follower);
    },
    heal: async () => {
      weather.clear();
      for (const connection of open) connection.heal();
      if (!server.listening) server = await listen(port, take);
    },
    stop: close,
  };
}

async function listen(port: number, take: (client: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, take);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
  return address.port;
}
