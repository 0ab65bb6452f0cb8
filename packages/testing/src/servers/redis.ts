import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, requireProgram } from './program.ts';
import { startProcess, waitUntilUp } from './server-process.ts';

const UP_MS = 15_000;

/** A Redis of our own. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** Does it answer `PING`? While it loads its file it answers with an error. */
function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (up: boolean) => {
      socket.destroy();
      resolve(up);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('data', (answer) => end(answer.toString('utf8').startsWith('+PONG')));
  });
}

/** Starts a Redis that syncs every write to disk before it answers, on a free port. Throws, naming the Debian package, when it is not installed. */
export async function startRedis(): Promise<RedisServer> {
  const program = requireProgram('redis-server', 'redis-server');
  const folder = await mkdtemp(join(tmpdir(), 'continuum-redis-'));
  const port = await freePort();
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const server = startProcess({
    program,
    args: ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, ...durable],
    cwd: folder,
  });
  await waitUntilUp(server, () => ping(port), UP_MS);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      await server.end('SIGTERM');
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
