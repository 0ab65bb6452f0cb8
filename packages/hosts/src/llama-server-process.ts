import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContinuumError } from '@continuum/contract/errors';
import { ServerClient } from './server-client.ts';

const POLL_MS = 50;
const STOP_MS = 5000;
const END_MS = 500;

export interface LlamaServerStart {
  /** The program and what always comes first, for example `['llama-server']`. No shell is involved. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** ms until the model must answer. */
  readonly startTimeoutMs: number;
  /** ms for one request. */
  readonly timeoutMs: number;
}

/** One running llama-server on a loopback port of its own, behind a key that only this process knows. */
export class LlamaServerProcess {
  readonly client: ServerClient;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #isGone = false;

  private constructor(child: ChildProcess, client: ServerClient) {
    this.#child = child;
    this.client = client;
    this.#exited = once(child, 'exit');
    this.#exited.then(
      () => (this.#isGone = true),
      () => (this.#isGone = true),
    );
  }

  /** Starts it and waits until the model answers. Throws MODEL_UNAVAILABLE. */
  static async start({ command, args, startTimeoutMs, timeoutMs }: LlamaServerStart): Promise<LlamaServerProcess> {
    const [program = 'llama-server', ...first] = command;
    const port = await freePort();
    const apiKey = randomBytes(24).toString('hex');
    // The key goes through the environment: everybody on the machine can read arguments.
    const env = { ...passedOn(process.env), LLAMA_API_KEY: apiKey };
    const own = ['--host', '127.0.0.1', '--port', String(port)];
    const child = spawn(program, [...first, ...args, ...own], { env, stdio: 'ignore' });
    const client = new ServerClient('llama-server', { baseUrl: `http://127.0.0.1:${port}`, apiKey, timeoutMs });
    const server = new LlamaServerProcess(child, client);
    await server.#ready(program, startTimeoutMs);
    return server;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Has it ended? A connection breaks a moment before its end is known. */
  async hasEnded(): Promise<boolean> {
    await Promise.race([this.#exited.catch(() => undefined), sleep(END_MS, undefined, { ref: false })]);
    return this.#isGone;
  }

  async stop(): Promise<void> {
    if (this.#isGone) return;
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.#exited.catch(() => undefined);
    clearTimeout(kill);
  }

  /** `GET /health` answers 503 while the model is being loaded. */
  async #ready(program: string, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline && !this.#isGone) {
      const isHealthy = await this.client.attempt('GET', '/health').then(
        (rejection) => rejection === undefined,
        () => false,
      );
      if (isHealthy) return;
      await sleep(POLL_MS);
    }
    const why = this.#isGone ? 'ended before it answered' : `did not answer within ${timeoutMs} ms`;
    await this.stop();
    throw new ContinuumError('MODEL_UNAVAILABLE', `${program} ${why}.`, {
      next: 'Check that llama.cpp is installed and that the base model is a GGUF it can read.',
    });
  }
}

/** What programs and their drivers need; tokens of this process are none of the server's business. */
function passedOn(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isNeeded =
    /^(PATH|HOME|TMPDIR|TEMP|SystemRoot|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|(CUDA|GGML|HIP|ROCR|VK|OMP)_\w+)$/;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => isNeeded.test(name)));
}

/** A port that is free just now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
