import type { LayerId } from '@continuum/contract/layer';
import { describe, expect, test } from 'vitest';
import { createPager, type Pager } from '../src/pager.ts';
import { BASE, layerId, MemoryHost, MemoryStore } from './memory-host.ts';

const REQUEST = [{ prompt: 'A finding.', completions: [' post', ' skip'] }];

function setUp(layers: number): { pager: Pager; host: MemoryHost; store: MemoryStore } {
  const host = new MemoryHost();
  const store = new MemoryStore();
  return { host, store, pager: createPager({ host, layers: store, budgetBytes: layers * store.bytes }) };
}

const residentIds = (pager: Pager): LayerId[] => pager.resident().map(({ id }) => id);
const pinsOf = (pager: Pager): number[] => pager.resident().map(({ pins }) => pins);

describe('pager', () => {
  test('pages in what a request needs, says what was used, and lets go', async () => {
    const { pager, store } = setUp(4);
    const composition = [layerId(1), layerId(2)];
    const [first] = await pager.score(REQUEST, composition);
    expect(first).toEqual({ logProbabilities: [-3, -3], composition: { baseModel: BASE, layers: composition } });
    await pager.score(REQUEST, composition);
    expect(store.opened).toEqual(composition);
    expect(pinsOf(pager)).toEqual([0, 0]);
    expect(await pager.score(REQUEST, [])).toHaveLength(1);
    await pager.close();
  });

  test('a layer that many miss at once is loaded once', async () => {
    const { pager, store } = setUp(2);
    await Promise.all(Array.from({ length: 20 }, () => pager.score(REQUEST, [layerId(1)])));
    expect(store.opened).toEqual([layerId(1)]);
    await pager.close();
  });

  test('who hits does not wait for who misses', async () => {
    const { pager, store } = setUp(2);
    await pager.score(REQUEST, [layerId(1)]);
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    const miss = pager.score(REQUEST, [layerId(2)]);
    await pager.score(REQUEST, [layerId(1)]);
    expect(pager.resident()).toContainEqual({ id: layerId(2), bytes: 10, pins: 1 });
    gate.resolve();
    await miss;
    await pager.close();
  });

  test('no request fails while layers are swapped under load, and the budget holds in the host', async () => {
    const { pager, host } = setUp(5);
    const answers = Array.from({ length: 400 }, async (_, index) => {
      const layers = [layerId(0), layerId(1 + (index % 7)), layerId(10 + ((index * 13) % 31))];
      if (index % 50 === 0) await pager.hold('ada', layers.slice(0, 2));
      const [answer] = await pager.score(REQUEST, layers);
      return { answer, layers, sum: 1 + (index % 7) + 10 + ((index * 13) % 31) };
    });
    for (const { answer, layers, sum } of await Promise.all(answers)) {
      expect(answer).toEqual({ logProbabilities: [-sum, -sum], composition: { baseModel: BASE, layers } });
    }
    expect(host.scored).toBe(400);
    expect(host.mostBytes).toBeLessThanOrEqual(50);
    pager.release('ada');
    expect(pinsOf(pager).every((pins) => pins === 0)).toBe(true);
    await pager.close();
  });

  test('a holder keeps its layers until it lets go, or holds others', async () => {
    const { pager } = setUp(3);
    await pager.hold('ada', [layerId(1), layerId(2)]);
    for (let index = 10; index < 15; index += 1) await pager.score(REQUEST, [layerId(index)]);
    expect(residentIds(pager)).toEqual(expect.arrayContaining([layerId(1), layerId(2)]));
    await pager.hold('ada', [layerId(2), layerId(3)]);
    const held = pager.resident().filter(({ pins }) => pins > 0);
    expect(held.map(({ id }) => id)).toEqual([layerId(2), layerId(3)]);
    await expect(pager.score(REQUEST, [layerId(4), layerId(5)])).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(pager.release('ada')).toEqual([layerId(2), layerId(3)]);
    expect(pager.release('ada')).toEqual([]);
    await pager.score(REQUEST, [layerId(4), layerId(5)]);
    await pager.close();
  });

  test('a chain that does not fit leaves a holder with what it held', async () => {
    const { pager } = setUp(2);
    await pager.hold('ada', [layerId(1)]);
    const tooMuch = [layerId(1), layerId(2), layerId(3)];
    await expect(pager.hold('ada', tooMuch)).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(pager.release('ada')).toEqual([layerId(1)]);
    await pager.close();
  });

  test('the last of several scopes that a holder entered at once is the one it holds', async () => {
    const { pager } = setUp(4);
    await Promise.all([1, 2, 3].map((index) => pager.hold('ada', [layerId(index)])));
    expect(pager.resident().filter(({ pins }) => pins > 0)).toEqual([{ id: layerId(3), bytes: 10, pins: 1 }]);
    const entering = pager.hold('bob', [layerId(4)]);
    pager.release('bob');
    await entering;
    expect(pager.resident().filter(({ pins }) => pins > 0)).toHaveLength(1);
    await pager.close();
  });

  test('a damaged layer fails only who needs it, and is gone once it is repaired', async () => {
    const { pager, store } = setUp(3);
    store.corrupt.add(layerId(2));
    const good = Array.from({ length: 5 }, () => pager.score(REQUEST, [layerId(1)]));
    const bad = Array.from({ length: 5 }, () => pager.score(REQUEST, [layerId(1), layerId(2)]));
    for (const failed of await Promise.allSettled(bad)) {
      expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'LAYER_CORRUPT' } });
    }
    await Promise.all(good);
    await expect(pager.hold('ada', [layerId(2)])).rejects.toMatchObject({ code: 'LAYER_CORRUPT' });
    expect(pager.resident()).toEqual([{ id: layerId(1), bytes: 10, pins: 0 }]);
    store.corrupt.clear();
    await pager.score(REQUEST, [layerId(2)]);
    await pager.close();
  });

  test('a layer of another base is refused before it is opened', async () => {
    const { pager, store } = setUp(3);
    store.foreign.add(layerId(2));
    await expect(pager.score(REQUEST, [layerId(2)])).rejects.toMatchObject({ code: 'LAYER_INCOMPATIBLE' });
    expect(store.opened).toEqual([]);
    await pager.close();
  });

  test('what the host lost is loaded again', async () => {
    const { pager, host, store } = setUp(3);
    await pager.score(REQUEST, [layerId(1), layerId(2)]);
    host.loseAll();
    await Promise.all([0, 1, 2].map(() => pager.score(REQUEST, [layerId(1), layerId(2)])));
    expect(store.opened).toHaveLength(4);
    expect(pinsOf(pager)).toEqual([0, 0]);
    await pager.close();
  });

  test('who gives up is let go at once, waiting for a load or for room', async () => {
    const { pager, store } = setUp(1);
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    const stop = new AbortController();
    const loading = pager.score(REQUEST, [layerId(1)], { signal: stop.signal });
    const waiting = pager.score(REQUEST, [layerId(2)], { signal: stop.signal });
    const patient = pager.score(REQUEST, [layerId(3)]);
    await new Promise(setImmediate);
    stop.abort();
    await expect(loading).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    gate.resolve();
    await expect(patient).resolves.toHaveLength(1);
    expect(residentIds(pager)).toEqual([layerId(3)]);
    await pager.close();
  });

  test('who waits when it is closed is told so', async () => {
    const { pager } = setUp(1);
    const answered = pager.score(REQUEST, [layerId(1)]);
    const waiting = pager.score(REQUEST, [layerId(2)]);
    await answered.then(() => pager.close());
    await expect(Promise.race([waiting, pager.score(REQUEST, [layerId(3)])])).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE',
    });
    await waiting.catch(() => undefined);
  });
});
