import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { findProgram, freePort, requireProgram } from './program.ts';
import { type ServerProcess, startProcess, waitUntilUp } from './server-process.ts';

const PACKAGE = 'nats-server';
const UP_MS = 30_000;
const MetaCluster = z.object({ meta_cluster: z.object({ leader: z.string().min(1), cluster_size: z.number() }) });

/** A real nats-server with JetStream on loopback, its store in a folder of its own. */
export interface NatsServer {
  /** For clients: `nats://127.0.0.1:<port>`. */
  readonly url: string;
  /** Its monitoring over HTTP: `/healthz`, `/varz`, `/jsz?streams=1`. */
  readonly monitor: string;
  /** Name within its cluster: `n0`, `n1`, ... */
  readonly name: string;
  /** Does it fsync every message before it acknowledges it? */
  readonly syncs: boolean;
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

/** The nats-server of this machine: `NATS_SERVER`, else the installed one; undefined when there is none. */
export function findNatsServer(): string | undefined {
  return process.env.NATS_SERVER ?? findProgram('nats-server');
}

/** Starts one server on a free port; resolves when JetStream is ready. Throws when nats-server is not installed. */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const [port, monitorPort] = [await freePort(), await freePort()];
  return launch({ ...options, name: 'n0', port, monitorPort });
}

/** Starts a cluster of `size` servers; resolves when all of them follow one leader of JetStream. */
export async function startNatsCluster(size = 3, options: NatsOptions = {}): Promise<NatsCluster> {
  const ports = await Promise.all(Array.from({ length: size * 3 }, () => freePort()));
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
  await Promise.all(nodes.map((node) => ledBySomebody(node, size)));
  return {
    nodes,
    urls: nodes.map(({ url }) => url),
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

interface Launch extends NatsOptions {
  readonly name: string;
  readonly port: number;
  readonly monitorPort: number;
  readonly cluster?: { readonly port: number; readonly routes: readonly number[] };
}

async function launch(options: Launch): Promise<NatsServer> {
  const program = options.binary ?? process.env.NATS_SERVER ?? requireProgram('nats-server', PACKAGE);
  const folder = await mkdtemp(join(tmpdir(), 'continuum-nats-'));
  const file = join(folder, 'nats.conf');
  const syncs = options.syncAlways === true && canSyncAlways(program);
  await writeFile(file, toConfig(options, folder, syncs));
  const monitor = `http://127.0.0.1:${options.monitorPort}`;
  const start = async (): Promise<ServerProcess> => {
    const started = startProcess({ program, args: ['-c', file], cwd: folder });
    await waitUntilUp(started, async () => (await ask(`${monitor}/varz`)) !== undefined, UP_MS);
    return started;
  };
  let server = await start();
  return {
    url: `nats://127.0.0.1:${options.port}`,
    monitor,
    name: options.name,
    syncs,
    kill: () => server.end('SIGKILL'),
    restart: async () => {
      await server.end('SIGTERM');
      server = await start();
    },
    stop: async () => {
      await server.end('SIGTERM');
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function canSyncAlways(program: string): boolean {
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' })) ?? [];
  return Number(major) > 2 || Number(minor) >= 10;
}

function toConfig(options: Launch, folder: string, syncs: boolean): string {
  const sync = syncs ? ', sync_interval: always' : '';
  const lines = [
    `server_name: ${options.name}`,
    `listen: "127.0.0.1:${options.port}"`,
    `http: "127.0.0.1:${options.monitorPort}"`,
    `jetstream { store_dir: "${join(folder, 'store')}", max_file_store: 4GB${sync} }`,
  ];
  if (options.cluster !== undefined) {
    const routes = options.cluster.routes.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
    lines.push(`cluster { name: continuum, listen: "127.0.0.1:${options.cluster.port}", routes: [${routes}] }`);
  }
  return `${lines.join('\n')}\n`;
}

async function ledBySomebody({ monitor, name }: NatsServer, size: number): Promise<void> {
  const deadline = performance.now() + UP_MS;
  for (;;) {
    const cluster = MetaCluster.safeParse(await ask(`${monitor}/jsz`));
    if (cluster.success && cluster.data.meta_cluster.cluster_size === size) return;
    if (performance.now() > deadline) throw new Error(`${name} knows no leader of JetStream after ${UP_MS} ms`);
    await sleep(50);
  }
}

/** What the monitoring says; undefined when it does not answer. */
async function ask(url: string): Promise<unknown> {
  return fetch(url, { signal: AbortSignal.timeout(1000) }).then(
    (answer) => answer.json(),
    () => undefined,
  );
}
