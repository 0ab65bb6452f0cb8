import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeTinyBase } from '@continuum/testing/tiny-model';
import { tinyJob } from '@continuum/testing/trainer-contract';
import { expect, test } from 'vitest';
import { perform } from '../src/embedded/perform.ts';
import { createShare, threadClocks } from '../src/embedded/share.ts';
import { fingerprintOf } from '../src/job/done.ts';
import { createEta, createReporter } from '../src/job/progress.ts';

test('rests until the CPU time is no more than its share', () => {
  const now = { cpu: 5, wall: 100 };
  const rest = createShare(0.1, { cpu: () => now.cpu, wall: () => now.wall });
  expect(rest()).toBe(0);
  Object.assign(now, { cpu: 15, wall: 110 });
  expect(rest()).toBe(90);
  now.wall += 90;
  expect(rest()).toBe(0);
});

test('at full speed it never rests', () => {
  const now = { cpu: 0 };
  const rest = createShare(1, { cpu: () => now.cpu, wall: () => 0 });
  now.cpu = 1000;
  expect(rest()).toBe(0);
});

test('a real job takes no more of its thread than its share', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'share-'));
  const options = { epochs: 5, cpuShare: 0.05 };
  const job = await tinyJob(folder, await writeTinyBase(join(folder, 'base')), { options });
  let rested = 0;
  const rest = async (ms: number): Promise<void> => {
    rested += ms;
    await sleep(ms);
  };
  const start = { job, fingerprint: fingerprintOf(job), parentFolders: [] };
  const began = { cpu: threadClocks.cpu(), wall: threadClocks.wall() };
  await perform(start, { rest, onStep: () => undefined, isStopping: () => false });
  const used = threadClocks.cpu() - began.cpu;
  const wall = threadClocks.wall() - began.wall;
  expect(rested).toBeGreaterThan(0);
  // What follows the last step, writing the adapter, is in the measurement and not in the rest.
  expect(used / wall).toBeLessThan(options.cpuShare * 1.25);
  await rm(folder, { recursive: true });
});

test('the time left is by an exponential mean of the steps', () => {
  const clock = { now: 0 };
  const eta = createEta(() => clock.now);
  expect(eta(0, 10)).toBeUndefined();
  clock.now = 2;
  expect(eta(1, 10)).toBeCloseTo(18);
  clock.now = 14;
  expect(eta(2, 10)).toBeCloseTo(8 * (2 + 0.1 * (12 - 2)));
  expect(eta(10, 10)).toBe(0);
});

test('progress keeps what is not said anew, and never goes back', () => {
  const told: unknown[] = [];
  const report = createReporter('job_a', (progress) => told.push(progress));
  report.tell({ state: 'running', step: 5, steps: 9, tokens: 50, loss: 1, etaSeconds: 4 });
  report.tell({ step: 3, tokens: 10 });
  expect(told.at(-1)).toEqual({ jobId: 'job_a', state: 'running', step: 5, steps: 9, tokens: 50 });
});
