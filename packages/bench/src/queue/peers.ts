import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Contender, countdown } from './contender.ts';

/** The queues compared with, and BullMQ's way to Redis: installed beside the project, not part of it. */
export const PEERS = { 'graphile-worker': '0.18.0', 'pg-boss': '12.38.0', bullmq: '6.7.0', ioredis: '5.11.1' } as const;
const QUEUE = 'bench';

const nothing = (): void => undefined;

/** Installs the peers in a folder of their own, once. */
export function installPeers(home: string): void {
  if (Object.keys(PEERS).every((name) => existsSync(join(home, 'node_modules', name)))) return;
  mkdirSync(home, { recursive: true });
  const packages = Object.entries(PEERS).map(([name, version]) => `${name}@${version}`);
  const options = ['--silent', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', home];
  execFileSync('npm', ['install', ...options, ...packages], { stdio: 'inherit' });
}

async function load<T>(home: string, name: keyof typeof PEERS): Promise<T> {
  return import(pathToFileURL(createRequire(join(home, 'package.json')).resolve(name)).href);
}

/** The part of graphile-worker 0.18 that is used here. */
interface Graphile {
  readonly Logger: new (factory: () => () => void) => object;
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    addJob(task: string, payload: object): Promise<unknown>;
    release(): Promise<void>;
  }>;
  run(options: object): Promise<{ stop(): Promise<void> }>;
}

/** graphile-worker with its defaults and a pool as large as ours. */
export async function startGraphile(home: string, url: string): Promise<Contender> {
  const { Logger, makeWorkerUtils, run } = await load<Graphile>(home, 'graphile-worker');
  const shared = { connectionString: url, maxPoolSize: 10, logger: new Logger(() => nothing) };
  const utils = await makeWorkerUtils(shared);
  await utils.migrate();
  let serial = 0;
  return {
    name: 'graphile-worker',
    enqueue: () => utils.addJob(QUEUE, { feedbackId: `fbk_${serial++}` }),
    async consume(count, concurrency) {
      const { done, handle } = countdown(count);
      const runner = await run({ ...shared, concurrency, noHandleSignals: true, taskList: { [QUEUE]: handle } });
      await done;
      await runner.stop();
    },
    close: async () => utils.release(),
  };
}

/** The part of pg-boss 12 that is used here. */
interface Boss {
  start(): Promise<unknown>;
  stop(options: object): Promise<void>;
  createQueue(name: string): Promise<void>;
  send(name: string, data: object): Promise<unknown>;
  work(name: string, options: object, handler: (jobs: readonly unknown[]) => Promise<void>): Promise<string>;
  offWork(name: string): Promise<void>;
  on(event: 'error', listener: () => void): unknown;
}

/** pg-boss with batches fetched without a pause, without which it takes one job in two seconds. */
export async function startPgBoss(home: string, url: string): Promise<Contender> {
  const { PgBoss } = await load<{ PgBoss: new (options: object) => Boss }>(home, 'pg-boss');
  const boss = new PgBoss({ connectionString: url, max: 10 });
  boss.on('error', nothing);
  await boss.start();
  await boss.createQueue(QUEUE);
  let serial = 0;
  return {
    name: 'pg-boss',
    enqueue: () => boss.send(QUEUE, { feedbackId: `fbk_${serial++}` }),
    async consume(count, concurrency) {
      const { done, handle } = countdown(count);
      const options = { batchSize: concurrency, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
      await boss.work(QUEUE, options, async (jobs) => {
        for (const _ of jobs) await handle();
      });
      await done;
      await boss.offWork(QUEUE);
    },
    close: () => boss.stop({ graceful: false }),
  };
}

/** The part of BullMQ 6 that is used here. */
interface Bull {
  readonly Queue: new (
    name: string,
    options: object,
  ) => { add(name: string, data: object): Promise<unknown>; close(): Promise<void> };
  readonly Worker: new (name: string, handler: () => Promise<void>, options: object) => { close(): Promise<void> };
}

/** BullMQ with its defaults, but for jobs that are done, which it does not keep. */
export async function startBullMq(home: string, port: number): Promise<Contender> {
  const { Queue, Worker } = await load<Bull>(home, 'bullmq');
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
  const queue = new Queue(QUEUE, { connection, defaultJobOptions: { removeOnComplete: true } });
  let serial = 0;
  return {
    name: 'bullmq',
    enqueue: () => queue.add(QUEUE, { feedbackId: `fbk_${serial++}` }),
    async consume(count, concurrency) {
      const { done, handle } = countdown(count);
      const worker = new Worker(QUEUE, handle, { connection, concurrency });
      await done;
      await worker.close();
    },
    close: () => queue.close(),
  };
}
