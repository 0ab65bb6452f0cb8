import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { toContinuumError } from '@continuum/contract/errors';
import type { WorkerMessage, WorkerStart } from './messages.ts';
import { perform } from './perform.ts';

const port = parentPort;
if (port === null) throw new Error('This module runs in a worker thread only');

const say = (message: WorkerMessage): void => port.postMessage(message);
const stopping = new AbortController();
port.on('message', () => stopping.abort());

const rest = async (ms: number): Promise<void> => {
  await sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
};

async function run(start: WorkerStart): Promise<void> {
  try {
    const metrics = await perform(start, { rest, onStep: say, isStopping: () => stopping.signal.aborted });
    say(metrics === undefined ? { kind: 'stopped' } : { kind: 'done', metrics });
  } catch (thrown) {
    const { code, message, next } = toContinuumError(thrown);
    say({
      kind: 'failed',
      code: code === 'INTERNAL' ? 'TRAINING_FAILED' : code,
      message,
      ...(next === undefined ? {} : { next }),
    });
  }
  port?.close();
}

await run(workerData);
