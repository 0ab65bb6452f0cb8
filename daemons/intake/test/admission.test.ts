import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Admission } from '../src/admission.ts';

const LIMITS = { maxWorking: 20, minWorkingUnderLoad: 2, maxWorkingUnderLoad: 10, maxInside: 100, maxBytes: 10_000 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Deliveries that are being worked on until they are told to finish. */
function worker(admission: Admission) {
  const working: (() => void)[] = [];
  return {
    /** Lets in as many as there are places for now; how many that were. */
    async fill(): Promise<number> {
      let count = 0;
      for (let leave = admission.enter(1); leave !== undefined && count < 1_000; leave = admission.enter(1)) {
        const { promise, resolve } = Promise.withResolvers<void>();
        void admission.work(() => promise).then(leave);
        working.push(resolve);
        count += 1;
      }
      return count;
    },
    async finish(): Promise<void> {
      for (const done of working.splice(0)) done();
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

test('where nothing is refused all places are there, however long it takes', async () => {
  const admission = new Admission(LIMITS);
  const { fill, finish } = worker(admission);
  for (let round = 0; round < 5; round += 1) {
    expect(await fill()).toBe(20);
    expect(admission.isUnderLoad).toBe(true);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(admission.isUnderLoad).toBe(false);
    await finish();
  }
});

test('after a refusal there are fewer places, and fewer still while what is let in is slow', async () => {
  const { fill, finish } = worker(new Admission(LIMITS));
  expect(await fill()).toBe(20);
  await finish();
  expect(await fill()).toBe(10);
  const filled: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    await vi.advanceTimersByTimeAsync(100);
    await finish();
    filled.push(await fill());
  }
  expect(filled).toEqual(filled.toSorted((a, b) => b - a));
  expect(filled.at(-1)).toBe(2);
});

test('the places come back one by one once what is let in is quick', async () => {
  const { fill, finish } = worker(new Admission(LIMITS));
  await fill();
  await vi.advanceTimersByTimeAsync(100);
  await finish();
  const filled: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    filled.push(await fill());
    await vi.advanceTimersByTimeAsync(10);
    await finish();
  }
  expect(filled[0]).toBeLessThan(4);
  expect(filled.at(-1)).toBe(10);
  for (const [index, count] of filled.entries()) expect(count - (filled[index - 1] ?? count)).toBeLessThanOrEqual(1);
});

test('bytes that were announced count as well, but one delivery is always let in', () => {
  const admission = new Admission(LIMITS);
  const leave = admission.enter(1_000_000);
  expect(leave).toBeDefined();
  expect(admission.enter(1)).toBeUndefined();
  expect(admission.isUnderLoad).toBe(false);
  leave?.();
  expect(admission.enter(10_000)).toBeDefined();
});
