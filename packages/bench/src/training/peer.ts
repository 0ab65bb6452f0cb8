import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';
import type { Timed } from '../timed.ts';

const Ready = z.object({ micro: z.number(), torch: z.string() });
const Run = z.object({ tokens: z.number(), wall: z.number(), cpu: z.number() });

/** PEFT and torch in a Python process, taking orders one by one. */
export interface Peer {
  readonly about: z.infer<typeof Ready>;
  steps(first: number, count: number): Promise<Timed>;
  close(): void;
}

/** Starts the peer. Throws MODEL_UNAVAILABLE when this Python has no torch, transformers and PEFT. */
export async function startPeer(python: string, setup: object): Promise<Peer> {
  const child = spawn(python, [fileURLToPath(new URL('./peer.py', import.meta.url))], {
    env: { ...process.env, HF_HUB_OFFLINE: '1', PYTHONWARNINGS: 'ignore' },
  });
  const errors: string[] = [];
  child.stderr.on('data', (data: Buffer) => errors.push(data.toString()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (order: object): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(order)}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw gone(python, errors);
    return JSON.parse(value);
  };
  await spawned(child, python);
  const about = Ready.parse(await ask(setup));
  return {
    about,
    steps: async (first, count) => Run.parse(await ask({ first, steps: count })),
    close: () => child.stdin.end(),
  };
}

function spawned(child: ChildProcessWithoutNullStreams, python: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(gone(python, [error.message])));
  });
}

function gone(python: string, errors: readonly string[]): ContinuumError {
  return new ContinuumError('MODEL_UNAVAILABLE', `The peer ended: ${errors.join('').trim().slice(-500)}`, {
    next: `Give --python with a Python that has torch, transformers and peft (now: ${python}).`,
  });
}
