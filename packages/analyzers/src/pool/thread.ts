import { Worker } from 'node:worker_threads';
import { ContinuumError } from '@continuum/contract/errors';
import type { AnalysisResult } from '@continuum/contract/ports/analyzer';
import type { Task, WorkerMessage } from './messages.ts';

export interface ThreadOptions {
  /** Module that calls `serve`. */
  readonly entry: URL;
  /** Time for one task, ms. */
  readonly timeoutMs: number;
  /** Time for loading the analyzers, ms. */
  readonly startMs: number;
}

/** A worker thread that performs one task after another and is replaced when a task hangs or kills it. */
export interface Thread {
  /** Rejects with ANALYZER_FAILED when the task fails, takes too long or ends the thread. */
  perform(task: Task): Promise<AnalysisResult>;
  close(): Promise<void>;
}

interface Running {
  readonly worker: Worker;
  readonly ready: Promise<void>;
}

/** Nothing starts before the first task. The thread sees no environment variable. */
export function createThread(options: ThreadOptions): Thread {
  let running: Running | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let nextId = 1;
  let closed = false;
  const stop = async (): Promise<void> => {
    const stopped = running;
    running = undefined;
    await stopped?.worker.terminate();
  };
  const performNow = async (task: Task): Promise<AnalysisResult> => {
    if (closed) throw failure(new Error('the analyzers are closed'));
    running ??= start(options, (ended) => {
      if (running?.worker === ended) running = undefined;
    });
    const { worker, ready } = running;
    try {
      await ready;
      return await ask(worker, task, nextId++, options.timeoutMs);
    } catch (error) {
      if (!(error instanceof TaskError)) await stop();
      throw failure(error);
    }
  };
  return {
    perform(task) {
      const result = queue.then(() => performNow(task));
      queue = result.catch(() => {});
      return result;
    },
    close() {
      closed = true;
      return stop();
    },
  };
}

/** The analyzer answered, but with an error: the thread is well. */
class TaskError extends Error {}

function start({ entry, startMs }: ThreadOptions, onEnd: (worker: Worker) => void): Running {
  const worker = new Worker(entry, {
    env: {},
    argv: [],
    execArgv: [],
    stdin: false,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  // An idle thread must not keep the process alive, nor may its death take the process along.
  worker.unref();
  worker.on('error', () => {});
  worker.on('exit', () => onEnd(worker));
  const ready = settle<void>(worker, startMs, 'did not start', (message, resolve) => {
    if (message.kind === 'ready') resolve();
  });
  ready.catch(() => {});
  return { worker, ready };
}

function ask(worker: Worker, task: Task, id: number, timeoutMs: number): Promise<AnalysisResult> {
  const answer = settle<AnalysisResult>(worker, timeoutMs, 'took too long', (message, resolve, reject) => {
    if (message.kind === 'done' && message.id === id) resolve(message.result);
    if (message.kind === 'failed' && message.id === id) reject(new TaskError(message.error));
  });
  worker.postMessage({ id, ...task });
  return answer;
}

type Hearing<T> = (message: WorkerMessage, resolve: (value: T) => void, reject: (error: Error) => void) => void;

/** Listens until a message settles the promise, the thread ends, or time is up. */
function settle<T>(worker: Worker, timeoutMs: number, late: string, hear: Hearing<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onMessage = (message: WorkerMessage): void => hear(message, resolve, reject);
  const onExit = (): void => reject(new Error('ended the analysis thread'));
  const timer = setTimeout(() => reject(new Error(`${late} (${timeoutMs} ms)`)), timeoutMs);
  worker.on('message', onMessage).on('error', reject).on('exit', onExit);
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off('message', onMessage).off('error', reject).off('exit', onExit);
  });
}

function failure(error: unknown): ContinuumError {
  const message = error instanceof Error ? error.message : String(error);
  return new ContinuumError('ANALYZER_FAILED', message, { cause: error });
}
