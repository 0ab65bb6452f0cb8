import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTinyBase } from '@continuum/testing/tiny-model';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLayers, openTrainer } from '../src/layers.ts';
import { readSettings } from '../src/settings.ts';

const log = pino({ level: 'silent' });
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'host-layers-'));
  await writeTinyBase(join(folder, 'base'), { seed: 1 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const environment = () => ({ CONTINUUM_HOME: join(folder, 'home'), BASE_MODEL_FOLDER: join(folder, 'base') });

describe('the parts that layers need', () => {
  test('score with the base model of the settings, in a thread of this process', async () => {
    const settings = readSettings(environment());
    const { policy, layerStore } = await openLayers(settings, log);
    const trainer = await openTrainer(settings, policy.baseModel, layerStore);
    const [scored] = await policy.score([{ prompt: 'a finding', completions: [' post', ' skip'] }], []);
    expect(scored?.logProbabilities.every((value) => value < 0)).toBe(true);
    expect(scored?.composition).toEqual({ baseModel: policy.baseModel, layers: [] });
    expect(trainer.id).toBe('embedded');
    await Promise.all([policy.close(), trainer.close()]);
  });

  test('say what is missing: the base, the address of a server, the API of a remote trainer', async () => {
    const settings = (extra: Record<string, string>) => readSettings({ ...environment(), ...extra });
    await expect(openLayers(settings({ BASE_MODEL_FOLDER: folder }), log)).rejects.toThrow(/no base model/);
    const { policy, layerStore } = await openLayers(settings({ LAYER_HOST: 'vllm' }), log);
    await expect(policy.score([], [])).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    const remote = openTrainer(settings({ TRAINER: 'remote' }), policy.baseModel, layerStore);
    await expect(remote).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
