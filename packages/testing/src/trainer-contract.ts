import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Trainer } from '@continuum/contract/ports/trainer';
import { TrainingItem, TrainingJob, TrainingProgress } from '@continuum/contract/training-job';
import { fromPeft } from '@continuum/transformer/format/peft';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { type TinyBase, writeTinyBase } from './tiny-model.ts';

export interface TrainerContract {
  /** A fresh trainer; it is closed after the test. */
  readonly open: (base: TinyBase) => Promise<Trainer>;
  /** Log-probability of each pair's chosen answer, with the adapter of that PEFT folder or without one. */
  readonly score: (base: TinyBase, items: readonly TrainingItem[], folder?: string) => Promise<number[]>;
  /** Options that every job of this trainer gets. */
  readonly options?: z.input<typeof TrainingJob>['options'];
  /** Time for one training, ms. */
  readonly timeoutMs?: number;
}

type JobInput = z.input<typeof TrainingJob>;

/** Pairs that follow a rule a tiny model can learn: what is `bad` is posted, what is `good` is skipped. */
export function tinyItems(pairs = 16): TrainingItem[] {
  return Array.from({ length: pairs }, (_, index) => {
    const [kind, chosen, rejected] = index % 2 === 0 ? ['bad', ' post', ' skip'] : ['good', ' skip', ' post'];
    return TrainingItem.parse({ id: `i${index}`, prompt: `n${index} ${kind}:`, chosen, rejected, weight: 0.8 });
  });
}

/** Writes a data file and gives a job for it; `change` has the last word. */
export async function tinyJob(folder: string, base: TinyBase, change: Partial<JobInput> = {}): Promise<TrainingJob> {
  const data = tinyItems()
    .map((item) => `${JSON.stringify(item)}\n`)
    .join('');
  const dataFile = join(folder, 'data.jsonl');
  await writeFile(dataFile, data);
  const { options, ...others } = change;
  return TrainingJob.parse({
    format: 1,
    id: 'job_tiny',
    scope: '/',
    baseFolder: base.folder,
    baseModel: base.baseModel,
    dataFile,
    dataHash: sha256(data),
    outputFolder: join(folder, 'out'),
    ...others,
    options: { rank: 4, epochs: 3, batch: 4, learningRate: 5e-3, cpuShare: 1, checkpointEvery: 2, ...options },
  });
}

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

async function readAdapter(folder: string) {
  const config = await readFile(join(folder, 'adapter_config.json'), 'utf8');
  return { config, weights: await readFile(join(folder, 'adapter_model.safetensors')) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The one suite of every `Trainer`. */
export function trainerContract(name: string, contract: TrainerContract): void {
  const { timeoutMs = 60_000 } = contract;
  describe(`trainer contract: ${name}`, { timeout: timeoutMs }, () => {
    let home: string;
    let base: TinyBase;
    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), 'trainer-'));
      base = await writeTinyBase(join(home, 'base'));
    });
    afterAll(() => rm(home, { recursive: true, force: true }));

    let jobs = 0;
    const newJob = async (change: Partial<JobInput> = {}): Promise<TrainingJob> => {
      const options = { ...contract.options, ...change.options };
      jobs += 1;
      return tinyJob(await mkdtemp(join(home, 'job-')), base, { id: `job_${jobs}`, ...change, options });
    };
    const using = async <T>(use: (trainer: Trainer) => Promise<T>): Promise<T> => {
      const trainer = await contract.open(base);
      try {
        return await use(trainer);
      } finally {
        await trainer.close();
      }
    };
    const fails = (job: TrainingJob, code: string, message: RegExp | string = '') =>
      using((trainer) =>
        expect(trainer.train(job)).rejects.toMatchObject({ code, message: expect.stringMatching(message) }),
      );

    test('learns, and leaves an adapter of this base; finished, it answers at once', async () => {
      const job = await newJob();
      const events: TrainingProgress[] = [];
      const layer = await using((trainer) => trainer.train(job, { onProgress: (event) => events.push(event) }));
      expect(layer).toMatchObject({ jobId: job.id, folder: join(job.outputFolder, 'adapter') });
      const files = await readAdapter(layer.folder);
      const adapter = fromPeft(files, base.weights.config);
      expect(adapter).toMatchObject({ rank: job.options.rank, alpha: job.options.alpha });
      const [before, after] = [
        await contract.score(base, tinyItems()),
        await contract.score(base, tinyItems(), layer.folder),
      ];
      expect(sum(after)).toBeGreaterThan(sum(before));

      assertWellFormed(events, job.id);
      // Without its data the job could not be done once more.
      await rm(job.dataFile);
      const again: TrainingProgress[] = [];
      const known = await using((trainer) => trainer.train(job, { onProgress: (event) => again.push(event) }));
      expect(known).toEqual(layer);
      expect(again.map(({ state }) => state)).toEqual(['done']);
      expect(await readAdapter(layer.folder)).toEqual(files);
    });

    test('cancelled, it says so; given again, it goes on and ends', async () => {
      const job = await newJob();
      const stop = new AbortController();
      const events: TrainingProgress[] = [];
      const onProgress = (event: TrainingProgress): void => {
        events.push(event);
        if (event.state === 'running' && event.step >= 3) stop.abort();
      };
      await using((trainer) =>
        expect(trainer.train(job, { onProgress, signal: stop.signal })).rejects.toMatchObject({ code: 'ABORTED' }),
      );
      expect(events.at(-1)?.state).toBe('cancelled');
      assertWellFormed(events, job.id);
      const rest: TrainingProgress[] = [];
      await using((trainer) => trainer.train(job, { onProgress: (event) => rest.push(event) }));
      expect(rest.at(-1)?.state).toBe('done');
      assertWellFormed(rest, job.id);
      expect(rest.find(({ state }) => state === 'running')?.step).toBeGreaterThan(0);
    });

    test('a signal that has fired before starts nothing', async () => {
      const job = await newJob();
      await using((trainer) =>
        expect(trainer.train(job, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' }),
      );
    });

    test('turns a job away that is none', async () => {
      const job = await newJob();
      await fails({ ...job, id: '../job' }, 'INVALID_INPUT', /id/);
    });

    test('names the line of the data that is no item', async () => {
      const bad = `${JSON.stringify(tinyItems()[0])}\n{"id":"x","prompt":"p","chosen":" post"}\n`;
      const job = await newJob();
      await writeFile(job.dataFile, bad);
      await fails({ ...job, dataHash: sha256(bad) }, 'INVALID_INPUT', /line 2/);
    });

    test('turns data away that is not what the job was made for', async () => {
      const job = await newJob();
      await writeFile(job.dataFile, `${await readFile(job.dataFile, 'utf8')}\n`);
      await fails(job, 'INVALID_INPUT', /data/);
    });

    test('turns a base model away that the job does not name', async () => {
      await fails(await newJob({ baseModel: 'f'.repeat(64) }), 'INVALID_INPUT', /base model/);
    });

    test('an output folder belongs to one job', async () => {
      const job = await newJob();
      await using((trainer) => trainer.train(job));
      await fails({ ...job, id: 'job_other' }, 'INVALID_INPUT', /another training job/);
    });

    test('a finished job whose adapter was damaged is trained again', async () => {
      const job = await newJob();
      const layer = await using((trainer) => trainer.train(job));
      const files = await readAdapter(layer.folder);
      await writeFile(join(layer.folder, 'adapter_model.safetensors'), files.weights.subarray(0, 100));
      await using((trainer) => trainer.train(job));
      fromPeft(await readAdapter(layer.folder), base.weights.config);
    });
  });
}

/** Every event fits the contract, step and tokens never fall, and the last one says how it ended. */
function assertWellFormed(events: readonly TrainingProgress[], jobId: string): void {
  for (const [index, event] of events.entries()) {
    expect(TrainingProgress.parse(event)).toEqual(event);
    const { step = 0, tokens = 0 } = events[index - 1] ?? {};
    expect(event.jobId).toBe(jobId);
    expect(event.step).toBeGreaterThanOrEqual(step);
    expect(event.step).toBeLessThanOrEqual(event.steps);
    expect(event.tokens).toBeGreaterThanOrEqual(tokens);
  }
  expect(['done', 'cancelled', 'failed']).toContain(events.at(-1)?.state);
}
