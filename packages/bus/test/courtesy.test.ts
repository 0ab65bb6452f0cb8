import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Courtesy } from '../src/courtesy.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function settled(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  void promise.then(() => {
    isSettled = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  return isSettled;
}

describe('courtesy', () => {
  it('holds nobody up while nothing urgent is on its way', async () => {
    expect(await settled(new Courtesy().letPass(1000))).toBe(true);
  });

  it('lets all urgent work pass, also when it fails', async () => {
    const courtesy = new Courtesy();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const failing = courtesy.urgent(() => first.promise);
    const other = courtesy.urgent(() => second.promise);
    const passing = courtesy.letPass(1000);
    first.reject(new Error('no store'));
    await expect(failing).rejects.toThrow('no store');
    expect(await settled(passing)).toBe(false);
    second.resolve();
    await other;
    expect(await settled(passing)).toBe(true);
  });

  it('waits for a small part of the time that a handler took, and never longer than that', async () => {
    const courtesy = new Courtesy();
    void courtesy.urgent(() => new Promise(() => {}));
    expect(await settled(courtesy.letPass(10))).toBe(true);
    const passing = courtesy.letPass(60_000);
    await vi.advanceTimersByTimeAsync(1);
    expect(await settled(passing)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await settled(passing)).toBe(true);
  });
});
