import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LayerHost, LoadableLayer, Scored, ScoreRequest } from '@continuum/contract/ports/policy';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLayerWorld, type LayerWorld } from './layer-world.ts';

/** A host, and what has to go after it. */
export interface OpenHost {
  readonly host: LayerHost;
  readonly close?: () => Promise<void>;
}

export interface LayerHostContractOptions {
  /** A new host over the world's base. */
  readonly open: (world: LayerWorld) => Promise<OpenHost>;
  /** How far a sum of log-probabilities may be from the engine's. */
  readonly tolerance: number;
  /** Score only what comes to the model's own mind, for servers that tell no more. */
  readonly onlyLikely?: boolean;
}

/** What every host must do, measured against the engine of this project on a tiny base with three layers. */
export function layerHostContract(title: string, options: LayerHostContractOptions): void {
  describe(`layer host contract: ${title}`, () => {
    let folder: string;
    let world: LayerWorld;
    let opened: OpenHost;
    let host: LayerHost;
    let one: LoadableLayer;
    let two: LoadableLayer;
    let three: LoadableLayer;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'hosts-'));
      world = await createLayerWorld(folder, { onlyLikely: options.onlyLikely ?? false });
      [one, two, three] = world.layers;
    });
    afterAll(() => rm(folder, { recursive: true }));
    beforeEach(async () => {
      opened = await options.open(world);
      host = opened.host;
    }, 30_000);
    afterEach(async () => {
      await host.close();
      await opened.close?.();
    });

    const score = (requests: readonly ScoreRequest[], ...layers: LoadableLayer[]): Promise<Scored[]> =>
      host.score(
        requests,
        layers.map(({ id }) => id),
      );
    const expectSums = (
      scored: readonly Scored[],
      requests: readonly ScoreRequest[],
      layers: LoadableLayer[],
    ): void => {
      const wanted = world.sums(requests, layers);
      expect(scored).toHaveLength(requests.length);
      for (const [index, { logProbabilities, composition }] of scored.entries()) {
        expect(composition).toEqual({ baseModel: host.baseModel, layers: layers.map(({ id }) => id) });
        expect(logProbabilities).toHaveLength(wanted[index]?.length ?? -1);
        for (const [at, sum] of logProbabilities.entries()) {
          expect(Math.abs(sum - (wanted[index]?.[at] ?? Number.NaN))).toBeLessThan(options.tolerance);
        }
      }
    };

    test('scores as the engine does: the base, a layer, and the sum of two in either order', async () => {
      await Promise.all([host.load(one), host.load(two)]);
      for (const layers of [[], [one], [two], [one, two], [two, one]]) {
        expectSums(await score(world.requests, ...layers), world.requests, layers);
      }
    });

    test('different compositions answer differently', async () => {
      await Promise.all([host.load(one), host.load(two)]);
      const answers = await Promise.all(
        [[], [one], [two], [one, two]].map((layers) => score(world.requests, ...layers)),
      );
      const sums = answers.map(([first]) => first?.logProbabilities[0] ?? Number.NaN);
      for (const [index, sum] of sums.entries()) {
        for (const other of sums.slice(index + 1)) expect(Math.abs(sum - other)).toBeGreaterThan(3 * options.tolerance);
      }
    });

    test('requests under different compositions at the same time do not leak into each other', async () => {
      await Promise.all(world.layers.map((layer) => host.load(layer)));
      const compositions = [[], [one], [two], [three], [one, two], [two, three]];
      const rounds = Array.from({ length: 4 }, () => compositions).flat();
      const answers = await Promise.all(rounds.map((layers) => score(world.requests, ...layers)));
      for (const [index, layers] of rounds.entries()) expectSums(answers[index] ?? [], world.requests, layers);
    });

    test('knows what it holds, and refuses what it does not', async () => {
      await host.load(one);
      await host.load(one);
      expect(host.loaded()).toEqual([one.id]);
      await expect(score(world.requests, one, two)).rejects.toMatchObject({ code: 'LAYER_NOT_LOADED' });
      await host.unload(one.id);
      await host.unload(two.id);
      expect(host.loaded()).toEqual([]);
      await expect(score(world.requests, one)).rejects.toMatchObject({ code: 'LAYER_NOT_LOADED' });
      await host.load(one);
      expectSums(await score(world.requests, one), world.requests, [one]);
    });

    test('a layer stays until the requests in flight have ended', async () => {
      await Promise.all([host.load(one), host.load(two)]);
      const inFlight = Array.from({ length: 6 }, () => score(world.requests, one, two));
      await host.unload(one.id);
      for (const scored of await Promise.all(inFlight)) expectSums(scored, world.requests, [one, two]);
      await expect(score(world.requests, one)).rejects.toMatchObject({ code: 'LAYER_NOT_LOADED' });
    });

    test('refuses a layer of another base and a damaged one, and goes on with the others', async () => {
      await host.load(one);
      for (const layer of [world.foreign, world.misshapen]) {
        await expect(host.load(layer)).rejects.toMatchObject({ code: 'LAYER_INCOMPATIBLE' });
      }
      await expect(host.load(world.damaged)).rejects.toMatchObject({ code: 'LAYER_CORRUPT' });
      expect(host.loaded()).toEqual([one.id]);
      expectSums(await score(world.requests, one), world.requests, [one]);
    });

    test('whoever gives up hears so, and nobody else', async () => {
      await host.load(one);
      await expect(host.score(world.requests, [one.id], { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'ABORTED',
      });
      const stop = new AbortController();
      const stopped = host.score(world.requests, [one.id], { signal: stop.signal });
      const others = score(world.requests, one);
      stop.abort();
      await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
      expectSums(await others, world.requests, [one]);
    });

    test('refuses what has no probability', async () => {
      const empty = [{ prompt: 'A finding:', completions: [''] }];
      await expect(score(empty)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      expect(await score([{ prompt: 'A finding:', completions: [] }])).toMatchObject([{ logProbabilities: [] }]);
      expect(await score([])).toEqual([]);
    });
  });
}
