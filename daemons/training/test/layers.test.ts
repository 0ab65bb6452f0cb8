import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ContinuumError } from '@continuum/contract/errors';
import type { EventPayload } from '@continuum/contract/event';
import { ScopeId } from '@continuum/contract/ids';
import { activeLayers } from '@continuum/genome/active-layers';
import { addToCounter, readCounter } from '@continuum/genome/counters';
import { readScopeLayers } from '@continuum/genome/registry';
import { createScriptedPolicy, createSteppingTrainer } from '@continuum/testing/layers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readJob } from '../src/layers/records.ts';
import { knowing, silent, teach } from './corrections.ts';
import { type LayerParts, startTraining, type TestSystem } from './runtime.ts';

const SECURITY = ScopeId.parse('/security/');
const CHAIN = [SECURITY, ScopeId.parse('/')];
const TRAINER = fileURLToPath(new URL('./killed-trainer.ts', import.meta.url));
const OPERATOR = { caller: { kind: 'operator', id: 'ann' } } as const;

let system: TestSystem;
const begin = async (parts: LayerParts = {}) => {
  system = await startTraining(undefined, parts);
  return system.runtime;
};
afterEach(() => system.close());

const train = (changes = {}) =>
  system.runtime.commands.execute('layers/train', { scope: SECURITY, wait: true, ...changes }, OPERATOR);
const cancel = (jobId: string) => system.runtime.commands.execute('layers/cancel', { jobId }, OPERATOR);

describe('training by hand', () => {
  it('makes a layer that beats memory alone active, with its gates and all its states written down', async () => {
    const { store, bus, metrics, settings } = await begin({ policy: createScriptedPolicy(knowing) });
    await teach(store, 90);
    const heard: EventPayload<'training:progress'>[] = [];
    const changed: string[] = [];
    await bus.subscribe('training:progress', async ({ payload }) => void heard.push(payload));
    await bus.subscribe('layer:changed', async ({ payload }) => void changed.push(payload.state));
    const { layer, progress } = await train();
    expect(progress).toMatchObject({ state: 'done' });
    expect(layer).toMatchObject({
      ...{ state: 'active', scope: '/security/', examples: 72, trainer: 'stepping', parents: [] },
      gates: [
        { gate: 'held-out-lift', passed: true, text: expect.stringContaining('18 of 18 right') },
        { gate: 'golden-set', passed: true },
      ],
    });
    expect(await activeLayers(store.values, CHAIN)).toEqual([layer?.id]);
    const [record] = (await readScopeLayers(store.values, SECURITY)).layers;
    expect(record?.moves.map(({ state }) => state)).toEqual(['candidate', 'shadow', 'canary', 'active']);
    await system.settled();
    expect(heard.map(({ state }) => state)).toEqual(['queued', 'running', 'done']);
    expect(heard.at(-1)).toMatchObject({ scope: '/security/', etaSeconds: 0 });
    expect(changed).toEqual(['active']);
    expect(await metrics.metrics()).toContain('continuum_training_jobs_total{state="done"} 1');
    expect(await metrics.metrics()).toContain('continuum_layer_gates_total{gate="golden-set",passed="true"} 1');
    // Nothing of what people said lies about when the layer is made.
    expect(await readdir(join(settings.home, 'training'))).toEqual([]);
  });

  it('archives a layer that is no better, with the reason, and who decides stays', async () => {
    const { store } = await begin({ policy: createScriptedPolicy(silent) });
    await teach(store, 90);
    const { layer } = await train();
    expect(layer).toMatchObject({
      state: 'archived',
      because: expect.stringMatching(/of 18 right.*Loses \d+ of \d+ golden/),
    });
    expect(await activeLayers(store.values, CHAIN)).toEqual([]);
  });

  it('of a scope with too little to learn from is refused; corrections below the scope count, revoked and opted-out ones do not', async () => {
    const { store, commands } = await begin();
    await teach(store, 31);
    await teach(store, 9, { state: 'revoked' });
    await expect(train()).rejects.toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('31') });
    await teach(store, 1, { scope: '/security/auth/' });
    expect((await train()).progress.state).toBe('done');
    await commands.execute('consent/set', { subject: 'person', id: 'ann', choice: 'opt-out' }, OPERATOR);
    await expect(train()).rejects.toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('has 0') });
  });

  it('again with the same corrections makes the same layer, which stays where it is', async () => {
    const { store, layerStore } = await begin({ policy: createScriptedPolicy(knowing) });
    await teach(store, 90);
    const [first, second] = [await train(), await train()];
    expect(second.layer?.id).toBe(first.layer?.id);
    expect(second.layer?.state).toBe('active');
    expect(await layerStore.list()).toHaveLength(1);
  });

  it('puts a better one in its place, trained on top of the scopes above', async () => {
    const { store } = await begin({ policy: createScriptedPolicy(knowing) });
    await teach(store, 90);
    await teach(store, 10, { scope: '/', author: { kind: 'person', id: 'bob', name: 'Bob' } });
    const root = await train({ scope: '/' });
    const first = await train();
    expect(first.layer?.parents).toEqual([root.layer?.id]);
    await teach(store, 4);
    const second = await train();
    expect(await activeLayers(store.values, CHAIN)).toEqual([root.layer?.id, second.layer?.id]);
    expect((await readScopeLayers(store.values, SECURITY)).earlier).toEqual([first.layer?.id]);
  });
});

describe('a scope that learns from the very corrections of another', () => {
  it('makes no second layer of the same bytes', async () => {
    const { store, layerStore } = await begin({ policy: createScriptedPolicy(knowing) });
    await teach(store, 90);
    await train({ scope: '/' });
    expect((await train()).progress).toMatchObject({ state: 'failed', error: expect.stringContaining('layer of /') });
    expect(await layerStore.list()).toHaveLength(1);
  });
});

describe('a job', () => {
  it('of a scope that is in line already is the same job', async () => {
    const { store } = await begin({ trainer: createSteppingTrainer({ steps: 20, stepMs: 10 }) });
    await teach(store, 40);
    const [one, other] = await Promise.all([train({ wait: false }), train({ wait: false })]);
    expect(other.jobId).toBe(one.jobId);
    await cancel(one.jobId);
  });

  it('is cancelled, in line and running, and goes on from its checkpoint when it is asked for again', async () => {
    const trainer = createSteppingTrainer({ steps: 40, stepMs: 10 });
    const { store } = await begin({ trainer });
    await teach(store, 40);
    const { jobId } = await train({ wait: false });
    const waiting = await train({ wait: false, scope: '/' });
    await vi.waitFor(() => expect(trainer.stepsMade).toBeGreaterThan(3));
    expect(await cancel(waiting.jobId)).toMatchObject({ state: 'cancelled', step: 0 });
    expect(await cancel(jobId)).toMatchObject({ state: 'cancelled' });
    await expect(cancel(jobId)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(cancel('job_none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const again = await train();
    expect([again.jobId, again.progress.state]).toEqual([jobId, 'done']);
    expect(trainer.stepsMade).toBe(40);
  });

  it('that fails says so with what to do next, and the next one is not held up', async () => {
    const trainer = createSteppingTrainer();
    const { store } = await begin({ trainer });
    await teach(store, 40);
    trainer.fail(new ContinuumError('TRAINING_FAILED', 'out of memory', { next: 'Lower the rank.' }));
    const { progress, layer } = await train();
    expect(progress).toMatchObject({ state: 'failed', error: 'out of memory. Lower the rank.' });
    expect(layer).toBeUndefined();
    expect((await train()).progress.state).toBe('done');
  });

  it('waits for a model that is away', async () => {
    const trainer = createSteppingTrainer();
    const { store } = await begin({ trainer });
    await teach(store, 40);
    trainer.fail(new ContinuumError('MODEL_UNAVAILABLE', 'away', { retryable: true }));
    expect((await train()).progress.state).toBe('done');
  });

  it('that was running at a stop goes on at the next start, from its checkpoint', async () => {
    const trainer = createSteppingTrainer({ steps: 40, stepMs: 10 });
    const { store } = await begin({ trainer });
    await teach(store, 40);
    await train({ wait: false });
    await vi.waitFor(() => expect(trainer.stepsMade).toBeGreaterThan(3));
    await system.stopDaemon();
    const reached = trainer.stepsMade;
    expect(reached).toBeLessThan(40);
    const fresh = createSteppingTrainer({ steps: 40 });
    const next = system.layersAnew({ trainer: fresh });
    await next.start();
    await vi.waitFor(async () => expect((await readScopeLayers(store.values, SECURITY)).layers).toHaveLength(1));
    await next.stop();
    expect(fresh.stepsMade).toBe(40 - reached);
  });
});

describe('a process that is killed in the middle of a training', () => {
  it('loses nothing: the next one goes on with the job from its checkpoint', async () => {
    const home = await mkdtemp(join(tmpdir(), 'killed-'));
    const child = spawn(process.execPath, [TRAINER, home]);
    const [jobId] = await once(child.stdout, 'data').then(([data]) => String(data).trim().split('\n'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const trainer = createSteppingTrainer({ steps: 50 });
    system = await startTraining(undefined, { trainer, policy: createScriptedPolicy(knowing) }, home);
    const { values } = system.runtime.store;
    const placed = async () => expect((await readScopeLayers(values, SECURITY)).layers).toHaveLength(1);
    await vi.waitFor(placed, { timeout: 30_000 });
    expect((await readJob(values, jobId ?? ''))?.progress.state).toBe('done');
    expect(trainer.stepsMade).toBeLessThanOrEqual(45);
    expect(trainer.stepsMade).toBeGreaterThan(0);
  }, 60_000);
});

describe('the cadence', () => {
  it('trains a scope that has enough, in the background and into shadow, and takes what it used off the counter', async () => {
    const { store } = await begin({ policy: createScriptedPolicy(knowing) });
    await teach(store, 90);
    await system.stopDaemon();
    const training = system.layersAnew();
    await training.start();
    expect(await training.lookAround()).toEqual([]);
    await store.transaction(({ values }) => addToCounter(values, SECURITY, { examples: 300, pairs: 120 }));
    expect(await training.lookAround()).toEqual([SECURITY]);
    expect(await training.lookAround()).toEqual([]);
    await vi.waitFor(async () =>
      expect((await readScopeLayers(store.values, SECURITY)).layers).toMatchObject([{ state: 'shadow' }]),
    );
    expect(await readCounter(store.values, SECURITY)).toEqual({ examples: 0, pairs: 0 });
    expect(await activeLayers(store.values, CHAIN)).toEqual([]);
    await training.stop();
  });
});
