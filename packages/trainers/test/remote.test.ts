import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrainingItem } from '@continuum/contract/training-job';
import { type TinyBase, writeTinyBase } from '@continuum/testing/tiny-model';
import { tinyItems, tinyJob, trainerContract } from '@continuum/testing/trainer-contract';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { toRemoteData } from '../src/remote/items.ts';
import { createRemoteTrainer } from '../src/remote.ts';
import { type FineTuningServer, type ServerOptions, startFineTuningServer } from './fine-tuning-server.ts';
import { scoreChosen } from './score.ts';

const KEY = 'sk-test-key';
const servers = new Map<string, FineTuningServer>();
afterAll(() => Promise.all([...servers.values()].map((server) => server.close())));

const trainerFor = (server: FineTuningServer, base: TinyBase, retries = 0) =>
  createRemoteTrainer({
    ...{ baseUrl: server.baseUrl, apiKey: KEY, model: 'tiny', baseModel: base.baseModel, pollMs: 1, retries },
  });

trainerContract('remote', {
  open: async (base) => {
    const server = servers.get(base.folder) ?? (await startFineTuningServer(base));
    servers.set(base.folder, server);
    return trainerFor(server, base);
  },
  score: scoreChosen,
});

describe('at the server', () => {
  let home: string;
  let base: TinyBase;
  let server: FineTuningServer;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'remote-'));
    base = await writeTinyBase(join(home, 'base'));
  });
  afterEach(() => server.close());
  afterAll(() => rm(home, { recursive: true, force: true }));
  const begin = async (options: ServerOptions = {}) => {
    server = await startFineTuningServer(base, options);
    return { trainer: trainerFor(server, base), job: await tinyJob(await mkdtemp(join(home, 'job-')), base) };
  };
  const count = (name: string) => server.requests.filter((request) => request === name).length;

  test('the job says method, numbers and seed in the terms of the API', async () => {
    const { trainer, job } = await begin();
    await trainer.train(job);
    expect(server.created).toMatchObject([
      {
        model: 'tiny',
        seed: job.options.seed,
        method: { type: 'dpo', dpo: { hyperparameters: { n_epochs: 3, batch_size: 4, beta: 0.1 } } },
        metadata: { rank: '4', alpha: '16' },
      },
    ]);
    expect(server.uploads[0]?.split('\n')).toHaveLength(tinyItems().length + 1);
  });

  test('a server that keeps the model is a failure with its name, and is not asked to train twice', async () => {
    const { trainer, job } = await begin({ gives: 'model' });
    const failure = { code: 'TRAINING_FAILED', message: expect.stringMatching(/"ft:tiny:org::1"/) };
    await expect(trainer.train(job)).rejects.toMatchObject(failure);
    await expect(trainer.train(job)).rejects.toMatchObject(failure);
    expect(count('POST /v1/fine_tuning/jobs')).toBe(1);
  });

  test('a damaged adapter is refused', async () => {
    const { trainer, job } = await begin({ gives: 'damage' });
    await expect(trainer.train(job)).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringMatching(/cannot be used/),
    });
  });

  test('a job that failed says why, and starts anew when it is given again', async () => {
    const { trainer, job } = await begin({ fails: 'The file has an odd line.' });
    await expect(trainer.train(job)).rejects.toMatchObject({ message: expect.stringMatching(/odd line/) });
    await expect(trainer.train(job)).rejects.toMatchObject({ code: 'TRAINING_FAILED' });
    expect(count('POST /v1/fine_tuning/jobs')).toBe(2);
  });

  test('a server that stays away for a while is waited for', async () => {
    const { trainer, job } = await begin();
    server.refuse(/^GET \/v1\/fine_tuning\/jobs\/ftjob-1$/, 503, 5);
    await trainer.train(job);
  });

  test('a refusal carries no key', async () => {
    const { trainer, job } = await begin();
    server.refuse(/files/, 401, 1);
    const error = await trainer.train(job).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TRAINING_FAILED', message: expect.stringMatching(/\[redacted\]/) });
    expect(JSON.stringify(error)).not.toContain(KEY);
  });

  test('a job whose id could not be written down is found by its mark', async () => {
    const { trainer, job } = await begin();
    const stop = new AbortController();
    const onProgress = ({ step }: { step: number }): void => {
      if (step === 2) stop.abort();
    };
    await expect(trainer.train(job, { onProgress, signal: stop.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    await rm(join(job.outputFolder, 'remote.json'));
    await trainer.train(job);
    expect(count('POST /v1/fine_tuning/jobs')).toBe(1);
    expect(count('POST /v1/fine_tuning/jobs/ftjob-1/resume')).toBe(1);
  });

  test('where nothing can be paused the job is cancelled, and the next attempt starts anew', async () => {
    const { trainer, job } = await begin({ canPause: false });
    const stop = new AbortController();
    const onProgress = ({ step }: { step: number }): void => {
      if (step === 2) stop.abort();
    };
    await expect(trainer.train(job, { onProgress, signal: stop.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(count('POST /v1/fine_tuning/jobs/ftjob-1/cancel')).toBe(1);
    await trainer.train(job);
    expect(count('POST /v1/fine_tuning/jobs')).toBe(2);
  });
});

describe('what is sent', () => {
  const item = (about: object) => TrainingItem.parse({ id: 'a', prompt: 'p', weight: 1, ...about });

  test('without pairs it is conversations, without what was not wanted', () => {
    const items = [
      item({ chosen: ' post' }),
      item({ rejected: ' skip', desirable: false }),
      item({ chosen: ' x', weight: 0 }),
    ];
    expect(toRemoteData(items, 'skip')).toEqual({
      method: 'supervised',
      count: 1,
      jsonl: '{"messages":[{"role":"user","content":"p"},{"role":"assistant","content":" post"}]}\n',
    });
  });

  test.for([
    ['skip', 0],
    ['down-weight', 0],
    ['invert', 1],
  ] as const)('the safety gate %s leaves %i of a pair that teaches to skip', ([gate, count]) => {
    const dangerous = item({ chosen: ' skip', rejected: ' post', safety: true });
    const harmless = item({ chosen: ' post', rejected: ' skip', safety: true });
    const data = toRemoteData([dangerous, harmless], gate);
    expect(data).toMatchObject({ method: 'dpo', count: 1 + count });
    expect(data.jsonl).not.toContain('"preferred_output":[{"role":"assistant","content":" skip"}]');
  });

  test('nothing to send is told', () => {
    expect(() => toRemoteData([item({ rejected: ' skip', desirable: false })], 'skip')).toThrow(/None of the items/);
  });
});
