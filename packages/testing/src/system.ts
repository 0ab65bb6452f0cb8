import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const READY_MS = 60_000;

/** A whole Continuum in a process of its own, driven from the outside. */
export interface LaunchedSystem {
  readonly url: string;
  readonly pid: number;
  running(): boolean;
  /** `kill -9`: nothing is said goodbye to. */
  kill(): Promise<void>;
  /** Asks it to stop and resolves with its exit code. */
  stop(): Promise<number | null>;
  /** What it wrote to standard error so far. */
  log(): string;
}

/** What runs in a process: everything, or one daemon of a system of many. */
export type LaunchedKind = 'intake' | 'persona' | 'training' | 'genome' | 'gateway';

/**
 * Starts `continuum start` on a free port with a clean environment. Rejects with its output when it does not get ready;
 * the signal kills it with -9 while it starts.
 */
export function launchSystem(
  home: string,
  environment: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<LaunchedSystem> {
  return launch(['start'], home, environment, signal);
}

/** The same for `continuum daemon <kind>`, which needs NATS_URL and DATABASE_URL. */
export function launchDaemon(
  kind: LaunchedKind,
  home: string,
  environment: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<LaunchedSystem> {
  return launch(['daemon', kind], home, environment, signal);
}

async function launch(
  command: readonly string[],
  home: string,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<LaunchedSystem> {
  const main = join(ROOT, 'packages', 'cli', 'src', 'main.ts');
  const child = spawn(process.execPath, [main, ...command], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: home,
      PORT: '0',
      LOG_LEVEL: 'warn',
      CONTINUUM_HOME: home,
      ...(process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
      ...environment,
    },
  });
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString('utf8')));
  const log = (): string => errors.join('');
  const exited = once(child, 'exit');
  const kill = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', kill);
  const url = await readUrl(child, log).finally(() => signal?.removeEventListener('abort', kill));
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (running()) child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    url,
    pid: child.pid ?? 0,
    running,
    log,
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}

function readUrl(child: ChildProcess, log: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the system ${why}:\n${log()}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`was not ready after ${READY_MS} ms`);
    }, READY_MS);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with ${code} before it was ready`);
    });
    if (child.stdout === null) return fail('has no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /(?:Web room|Health)\s+(http:\/\/[^\s/]+)/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}

/** A fresh folder for `CONTINUUM_HOME`, and its removal. */
export async function freshHome(): Promise<{ readonly home: string; remove(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'continuum-'));
  return { home, remove: () => rm(home, { recursive: true, force: true, maxRetries: 3 }) };
}
