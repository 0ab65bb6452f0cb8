import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type TrainingItem, TrainingProgress } from '@continuum/contract/training-job';
import { type TinyBase, writeTinyBase } from '@continuum/testing/tiny-model';
import { tinyItems, tinyJob, trainerContract } from '@continuum/testing/trainer-contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createEmbeddedTrainer } from '../src/embedded.ts';
import { createPythonTrainer } from '../src/python.ts';
import { hasPython, howToGetPython, python } from './python-home.ts';

const run = promisify(execFile);

function toData(items: readonly object[]): { text: string; hash: string } {
  const text = items.map((item) => `${JSON.stringify(item)}\n`).join('');
  return { text, hash: createHash('sha256').update(text).digest('hex') };
}

/** Log-probabilities by transformers and PEFT themselves. */
async function score(base: TinyBase, items: readonly TrainingItem[], adapter?: string): Promise<number[]> {
  const task = join(base.folder, 'score.json');
  const asked = items.map(({ prompt, chosen }) => [prompt, chosen]);
  await writeFile(task, JSON.stringify({ base: base.folder, adapter, items: asked }));
  const { stdout } = await run(python, [join(import.meta.dirname, 'fixtures/score.py'), task]);
  return z.array(z.number()).parse(JSON.parse(stdout));
}

describe.skipIf(!hasPython)(hasPython ? 'with TRL and PEFT' : `with TRL and PEFT (not here: ${howToGetPython})`, () => {
  trainerContract('python', {
    open: async () => createPythonTrainer({ command: python }),
    score,
    timeoutMs: 180_000,
  });

  describe('of every kind', { timeout: 180_000 }, () => {
    let home: string;
    let base: TinyBase;
    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), 'kinds-'));
      base = await writeTinyBase(join(home, 'base'));
    });
    afterAll(() => rm(home, { recursive: true, force: true }));

    /** Pairs, answers to imitate, judged ones, and a dangerous one that the gate keeps out. */
    const mixed = async () => {
      const job = await tinyJob(await mkdtemp(join(home, 'job-')), base);
      const { text, hash } = toData([
        ...tinyItems(6),
        { id: 'a', prompt: 'a:', chosen: ' post', weight: 1 },
        { id: 'b', prompt: 'b:', chosen: ' post', desirable: true, weight: 0.5 },
        { id: 'c', prompt: 'c:', rejected: ' skip', desirable: false, weight: 0.5 },
        { id: 'd', prompt: 'd:', chosen: ' skip', rejected: ' post', safety: true, weight: 1 },
      ]);
      await writeFile(job.dataFile, text);
      return { ...job, dataHash: hash };
    };

    test('after kill -9 the adapter is byte for byte that of an uninterrupted run', async () => {
      const [whole, cut] = [await mixed(), await mixed()];
      const trainer = createPythonTrainer({ command: python });
      const { folder, metrics } = await trainer.train(whole);
      expect(metrics.steps).toBe(9);
      const file = join(home, 'job.json');
      await writeFile(file, JSON.stringify({ ...cut, options: { ...cut.options, cpuShare: 0.2 } }));
      const child = spawn(python, ['-m', 'continuum_trainer', file], {
        cwd: join(import.meta.dirname, '../python'),
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ended = once(child, 'exit');
      for await (const line of createInterface({ input: child.stdout })) {
        if (TrainingProgress.parse(JSON.parse(line)).step >= 5) child.kill('SIGKILL');
      }
      expect(await ended).toEqual([null, 'SIGKILL']);
      const steps: number[] = [];
      const resumed = await trainer.train(cut, {
        onProgress: ({ state, step }) => state === 'running' && steps.push(step),
      });
      await trainer.close();
      expect(steps[0]).toBeGreaterThanOrEqual(4);
      for (const name of ['adapter_config.json', 'adapter_model.safetensors']) {
        expect(await readFile(join(resumed.folder, name))).toEqual(await readFile(join(folder, name)));
      }
    });

    test('on top of parents it begins where they end', async () => {
      const first = await tinyJob(await mkdtemp(join(home, 'job-')), base);
      const embedded = createEmbeddedTrainer();
      const { folder } = await embedded.train({ ...first, options: { ...first.options, epochs: 8 } });
      await embedded.close();
      const job = await tinyJob(await mkdtemp(join(home, 'job-')), base, { parents: [`layer-${'a'.repeat(32)}`] });
      const trainer = createPythonTrainer({ command: python, layerFolder: async () => folder });
      const losses: number[] = [];
      await trainer.train(job, { onProgress: ({ loss }) => loss !== undefined && losses.push(loss) });
      await trainer.close();
      expect(losses[0]).toBeLessThan(1.5);
    });
  });
});

describe('the subprocess', () => {
  let home: string;
  let base: TinyBase;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'python-'));
    base = await writeTinyBase(join(home, 'base'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  /** A trainer whose program is a piece of JavaScript that finds its job file behind it. */
  const scripted = async (source: string, graceMs?: number) => {
    const folder = await mkdtemp(join(home, 'job-'));
    const args = ['--input-type=module', '-e', source, '--'];
    const grace = graceMs === undefined ? {} : { graceMs };
    const trainer = createPythonTrainer({ command: process.execPath, args, folder, ...grace });
    return { trainer, job: await tinyJob(folder, base) };
  };

  test('gets the job file as its only argument, whatever the path holds', async () => {
    const folder = await mkdtemp(join(home, '$(touch x); "'));
    const job = await tinyJob(folder, base);
    const source = `import { writeFileSync } from 'node:fs'; writeFileSync('seen.json', JSON.stringify(process.argv.slice(1)))`;
    const args = ['--input-type=module', '-e', source, '--'];
    const trainer = createPythonTrainer({ command: process.execPath, args, folder });
    await expect(trainer.train(job)).rejects.toMatchObject({ code: 'TRAINING_FAILED' });
    const seen = JSON.parse(await readFile(join(folder, 'seen.json'), 'utf8'));
    expect(seen).toEqual([join(job.outputFolder, 'job.json')]);
    expect(JSON.parse(await readFile(String(seen[0]), 'utf8'))).toEqual({ ...job, parentFolders: [] });
  });

  test('what it prints to standard error goes into the message', async () => {
    const { trainer, job } = await scripted(`console.error('no CUDA\\nlast words'); process.exit(1)`);
    await expect(trainer.train(job)).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringMatching(/ended with 1: no CUDA\nlast words/),
    });
  });

  test('lines that are no events are passed over', async () => {
    const event = { jobId: 'job_tiny', state: 'running', step: 1, steps: 2, tokens: 3 };
    const { trainer, job } = await scripted(
      `console.log('Unsloth!'); console.log('{}'); console.log(${JSON.stringify(JSON.stringify(event))}); process.exit(1)`,
    );
    const events: unknown[] = [];
    await expect(trainer.train(job, { onProgress: (each) => events.push(each) })).rejects.toThrow();
    expect(events).toContainEqual(event);
    expect(events.at(-1)).toMatchObject({ state: 'failed', step: 1 });
  });

  test('one that does not hear SIGTERM is killed', async () => {
    const event = JSON.stringify({ jobId: 'job_tiny', state: 'running', step: 1, steps: 2, tokens: 3 });
    const { trainer, job } = await scripted(
      `process.on('SIGTERM', () => {}); console.log(${JSON.stringify(event)}); setInterval(() => {}, 1000)`,
      50,
    );
    const stop = new AbortController();
    const training = trainer.train(job, { signal: stop.signal, onProgress: ({ step }) => step === 1 && stop.abort() });
    await expect(training).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('a program that is not there is named', async () => {
    const job = await tinyJob(await mkdtemp(join(home, 'job-')), base);
    const trainer = createPythonTrainer({ command: '/nowhere/python' });
    await expect(trainer.train(job)).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringMatching(/nowhere/),
    });
  });

  test('one that says it is done without an adapter has failed', async () => {
    const { trainer, job } = await scripted('process.exit(0)');
    await expect(trainer.train(job)).rejects.toMatchObject({ code: 'TRAINING_FAILED' });
  });
});
