import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { ContinuumError } from '@continuum/contract/errors';
import { SECRET } from './payload.ts';

const ROOT = join(import.meta.dirname, '../../../..');
/** Probot brings the octokit middleware with it. */
const PEER = 'probot@14.3.2';

/** A server in a process of its own. */
export interface Server {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** `kill -9`. */
  kill(): Promise<void>;
}

/** Installs the peers into a folder, once; they are no dependencies of the project. */
export async function installPeers(folder: string): Promise<void> {
  if (existsSync(join(folder, 'node_modules', 'probot'))) return;
  const options = ['--silent', '--ignore-scripts', '--no-audit', '--no-fund'];
  await promisify(execFile)('npm', ['install', '--prefix', folder, ...options, PEER]);
}

/** One of the peers: `probot`, `octokit` or `append`. */
export function startPeer(name: string, folder: string): Promise<Server> {
  return start([join(import.meta.dirname, 'peer-server.ts'), name, folder], {}, /^(\d+)$/);
}

/** A whole Continuum in one process, with a home of its own where none is named. */
export async function startOurs(home?: string, profile?: string): Promise<Server> {
  const own = home ?? (await mkdtemp(join(tmpdir(), 'bench-intake-')));
  const environment = { HOME: own, CONTINUUM_HOME: own, PORT: '0', LOG_LEVEL: 'error', GITHUB_WEBHOOK_SECRET: SECRET };
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const main = join(ROOT, 'packages/cli/src/main.ts');
  const server = await start([...flags, main, 'start'], environment, /Web room\s+http:\/\/[^:]+:(\d+)/, profile);
  if (home !== undefined) return server;
  return {
    ...server,
    kill: async () => {
      await server.kill();
      await rm(own, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  portIn: RegExp,
  profile?: string,
): Promise<Server> {
  const env = {
    PATH: process.env.PATH ?? '',
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
    ...environment,
  };
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], env });
  const exited = once(child, 'exit');
  const port = await portOf(child, portIn);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill(profile === undefined ? 'SIGKILL' : 'SIGTERM');
      await exited;
    },
  };
}

async function portOf({ stdout }: ChildProcess, portIn: RegExp): Promise<number> {
  if (stdout === null) throw new ContinuumError('INTERNAL', 'the server has no output');
  for await (const line of createInterface({ input: stdout })) {
    const port = portIn.exec(String(line))?.[1];
    if (port === undefined) continue;
    stdout.resume();
    return Number(port);
  }
  throw new ContinuumError('INTERNAL', 'the server ended before it was ready');
}
