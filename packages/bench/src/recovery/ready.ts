import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';

const ROOT = join(import.meta.dirname, '../../../..');
const PATIENCE_MS = 120_000;

/** A system that answered `/readyz` with 200. */
export interface ReadySystem {
  /** From the start of the process, in ms. */
  readonly readyMs: number;
  /** `kill -9`. */
  kill(): Promise<void>;
}

/** Starts a whole Continuum in its home and asks `/readyz` every few milliseconds until it is ready. */
export async function startUntilReady(home: string): Promise<ReadySystem> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [join(ROOT, 'packages/cli/src/main.ts'), 'start'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH ?? '',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
      ...{ HOME: home, CONTINUUM_HOME: home, PORT: String(port), LOG_LEVEL: 'error' },
      GITHUB_WEBHOOK_SECRET: 'a secret of the benchmark',
    },
  });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  while (!(await isReady(port))) {
    if (child.exitCode !== null || performance.now() - began > PATIENCE_MS) {
      await kill();
      throw new ContinuumError('INTERNAL', 'the system did not get ready');
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { readyMs: performance.now() - began, kill };
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
