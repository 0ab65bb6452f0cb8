import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LayerId } from '@continuum/contract/layer';
import type { TrainingJob } from '@continuum/contract/training-job';
import { type TinyBase, writeTinyBase } from '@continuum/testing/tiny-model';
import { tinyJob, trainerContract } from '@continuum/testing/trainer-contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEmbeddedTrainer } from '../src/embedded.ts';
import { scoreChosen } from './score.ts';

trainerContract('embedded', { open: async () => createEmbeddedTrainer(), score: scoreChosen });

describe('cut short', () => {
  let home: string;
  let base: TinyBase;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'embedded-'));
    base = await writeTinyBase(join(home, 'base'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  const options = { rank: 4, epochs: 6, batch: 4, learningRate: 5e-3, cpuShare: 1, checkpointEvery: 3 };
  const newJob = async (): Promise<TrainingJob> => tinyJob(await mkdtemp(join(home, 'job-')), base, { options });

  /** The adapter's files after training to the end, and the steps that this took. */
  const finish = async (job: TrainingJob) => {
    const trainer = createEmbeddedTrainer();
    const steps: number[] = [];
    const { folder } = await trainer.train(job, {
      onProgress: ({ state, step }) => state === 'running' && steps.push(step),
    });
    await trainer.close();
    const names = (await readdir(folder)).toSorted();
    return { names, bytes: await Promise.all(names.map((name) => readFile(join(folder, name)))), steps };
  };

  /** Trains in a process of its own that is killed with SIGKILL as soon as it has made that step. */
  const killAt = async (job: TrainingJob, step: number): Promise<void> => {
    const file = join(home, `${Math.random()}.json`);
    await writeFile(file, JSON.stringify(job));
    const child = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/train.mjs'), file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    for await (const line of createInterface({ input: child.stdout })) if (Number(line) >= step) child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
  };

  test('after kill -9, twice, the adapter is byte for byte that of an uninterrupted run', async () => {
    const whole = await finish(await newJob());
    const job = await newJob();
    // Slow enough that the kill comes in the middle; how fast it goes changes nothing of the result.
    const slow = { ...job, options: { ...job.options, cpuShare: 0.2 } };
    await killAt(slow, 4);
    await killAt(slow, 10);
    const resumed = await finish(job);
    expect(resumed.steps[0]).toBeGreaterThanOrEqual(9);
    expect(resumed.names).toEqual(whole.names);
    expect(resumed.bytes).toEqual(whole.bytes);
  });

  test.for([
    ['torn', (bytes: Buffer) => bytes.subarray(0, bytes.length - 7)],
    [
      'flipped',
      (bytes: Buffer) =>
        Buffer.concat([bytes.subarray(0, 500), Buffer.from([(bytes[500] ?? 0) ^ 1]), bytes.subarray(501)]),
    ],
  ] as const)('a %s checkpoint is refused and the one before is used', async ([, damage]) => {
    const whole = await finish(await newJob());
    const job = await newJob();
    const trainer = createEmbeddedTrainer();
    const stop = new AbortController();
    const onProgress = ({ step }: { step: number }): void => {
      if (step === 8) stop.abort();
    };
    await expect(trainer.train(job, { signal: stop.signal, onProgress })).rejects.toMatchObject({ code: 'ABORTED' });
    await trainer.close();
    const folder = join(job.outputFolder, 'checkpoints');
    const [before, newest, ...others] = (await readdir(folder)).toSorted();
    expect(others).toEqual([]);
    const file = join(folder, newest ?? '');
    await writeFile(file, damage(await readFile(file)));
    const resumed = await finish(job);
    expect(`checkpoint-${String(resumed.steps[0]).padStart(8, '0')}.bin`).toBe(before);
    expect(resumed.bytes).toEqual(whole.bytes);
  });

  test('what is learned on top of parents lies on top of them', async () => {
    const first = await newJob();
    await finish(first);
    const folder = join(first.outputFolder, 'adapter');
    const id = LayerId.parse(`layer-${'a'.repeat(32)}`);
    const job = { ...(await newJob()), parents: [id] };
    const alone = createEmbeddedTrainer();
    await expect(alone.train(job)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await alone.close();
    const asked: string[] = [];
    const layerFolder = async (parent: string): Promise<string> => {
      asked.push(parent);
      return folder;
    };
    const trainer = createEmbeddedTrainer({ layerFolder });
    const losses: number[] = [];
    await trainer.train(job, { onProgress: ({ loss }) => loss !== undefined && losses.push(loss) });
    await trainer.close();
    expect(asked).toEqual([id]);
    // The parent knows the answers already.
    expect(losses[0]).toBeLessThan(1);
  });
});
