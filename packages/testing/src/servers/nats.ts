import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './free-ports.ts';

const READY_MS = 30_000;

/** A real nats-server with JetStream on loopback, its store in a folder of its own. */
export interface NatsServer {
  /** For clients: `nats://127.0.0.1:<port>`. */
  readonly url: string;
  /** Its monitoring over HTTP: `/healthz`, `/varz`, `/jsz?streams=1`. */
  readonly monitor: string;
  /** Name within its cluster: `n0`, `n1`, ... */
  readonly name: string;
  /** `kill -9`: nothing is said goodbye to, the folder stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder, after `kill` or a stop of its own; resolves when it takes connections. */
  restart(): Promise<void>;
  /** Stops it and removes its folder. Idempotent. */
  stop(): Promise<void>;
}

/** Several servers that know each other: streams may have replicas. */
export interface NatsCluster {
  readonly nodes: readonly NatsServer[];
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

export interface NatsOptions {
  /** The nats-server to run; `NATS_SERVER`, else the one on the PATH or in /usr/sbin when absent. */
  readonly binary?: string;
  /** Is every message fsynced before it is acknowledged? Needs 2.10; older servers run without. Default false. */
  readonly syncAlways?: boolean;
}

/** The nats-server of this machine: `NATS_SERVER`, else from the PATH or /usr/sbin; undefined when there is none. */
export function findNatsServer(): string | undefined {
  if (process.env.NATS_SERVER !== undefined) return process.env.NATS_SERVER;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, 'nats-server')).find((path) => existsSync(path));
}

/** Major and minor version of a nats-server, for example `[2, 9]`. */
export function natsVersion(binary: string): readonly [major: number, minor: number] {
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' })) ?? [];
  return [Number(major), Number(minor)];
}

/** Starts one server on a free port; resolves when JetStream is ready. */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const [port = 0, monitorPort = 0] = await freePorts(2);
  const server = await launch({ ...options, name: 'n0', port, monitorPort });
  await healthy(server);
  return server;
}

/** Starts a cluster of `size` servers; resolves when they have elected who leads JetStream. */
export async function startNatsCluster(size = 3, options: NatsOptions = {}): Promise<NatsCluster> {
  const ports = await freePorts(size * 3);
  const routes = ports.slice(size * 2);
  const nodes = await Promise.all(
    routes.map((routePort, index) =>
      launch({
        ...options,
        ...{ name: `n${index}`, port: ports[index] ?? 0, monitorPort: ports[size + index] ?? 0 },
        cluster: { port: routePort, routes },
      }),
    ),
  );
  await Promise.all(nodes.map(healthy));
  return {
    nodes,
    urls: nodes.map(({ url }) => url),
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

/** Resolves when JetStream of a server is up and, in a cluster, has a leader. */
export async function healthy(server: NatsServer): Promise<void> {
  await until(`${server.monitor}/healthz`, `${server.name} is not healthy`);
}

interface Launch extends NatsOptions {
  readonly name: string;
  readonly port: number;
  readonly monitorPort: number;
  readonly cluster?: { readonly port: number; readonly routes: readonly number[] };
}

async function launch(options: Launch): Promise<NatsServer> {
  const binary = options.binary ?? findNatsServer();
  if (binary === undefined) throw new Error('there is no nats-server: apt-get install -y nats-server');
  const folder = await mkdtemp(join(tmpdir(), 'continuum-nats-'));
  const file = join(folder, 'nats.conf');
  await writeFile(file, toConfig(options, folder, natsVersion(binary)));
  const monitor = `http://127.0.0.1:${options.monitorPort}`;
  const start = async () => {
    const child = spawn(binary, ['-c', file], { stdio: 'ignore' });
    const exited = once(child, 'exit');
    const killWithUs = () => child.kill('SIGKILL');
    process.once('exit', killWithUs);
    child.once('exit', () => process.off('exit', killWithUs));
    const end = async (signal: NodeJS.Signals): Promise<void> => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
    };
    await until(`${monitor}/varz`, `${options.name} does not start`);
    return end;
  };
  let end = await start();
  return {
    url: `nats://127.0.0.1:${options.port}`,
    monitor,
    name: options.name,
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      end = await start();
    },
    stop: async () => {
      await end('SIGTERM');
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function toConfig(options: Launch, folder: string, [major, minor]: readonly [number, number]): string {
  const syncs = options.syncAlways === true && (major > 2 || minor >= 10);
  const lines = [
    `server_name: ${options.name}`,
    `listen: "127.0.0.1:${options.port}"`,
    `http: "127.0.0.1:${options.monitorPort}"`,
    `jetstream { store_dir: "${join(folder, 'store')}", max_file_store: 4GB ${syncs ? ', sync_interval: always' : ''} }`,
  ];
  if (options.cluster !== undefined) {
    const { port, routes } = options.cluster;
    const list = routes.map((each) => `"nats://127.0.0.1:${each}"`).join(', ');
    lines.push(`cluster { name: continuum, listen: "127.0.0.1:${port}", routes: [${list}] }`);
  }
  return `${lines.join('\n')}\n`;
}

async function until(url: string, what: string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const ok = await fetch(url, { signal: AbortSignal.timeout(1000) }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    if (Date.now() > deadline) throw new Error(`${what} within ${READY_MS} ms`);
    await sleep(25);
  }
}
