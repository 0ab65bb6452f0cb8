import { EventId, ExampleId, FindingId, ScopeId } from '@continuum/contract/ids';
import { LayerId } from '@continuum/contract/layer';
import type { Store } from '@continuum/contract/ports/store';
import { recordTrial } from '@continuum/genome/active-layers';
import { readCounter } from '@continuum/genome/counters';
import { admit, move } from '@continuum/genome/lifecycle';
import { changeScopeLayers, readScopeLayers } from '@continuum/genome/registry';
import { openPostgresStore } from '@continuum/store/postgres';
import { createTestDatabase, type TestDatabase, testServer } from '@continuum/testing/test-database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countExample } from '../src/counters.ts';
import { readTally, settleTrial } from '../src/trials.ts';
import { openTestGenome, type TestGenome } from './runtime.ts';

const SCOPE = ScopeId.parse('/security/');
const occasion = { because: 'a test', at: '2026-03-01T10:00:00.000Z' };
const layerOf = (n: number) => LayerId.parse(`layer-${String(n).padStart(32, '0')}`);
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Two stores on one database: to each other they are what two processes are. */
function suite(server: string): void {
  let database: TestDatabase;
  let stores: readonly Store[] = [];
  let genome: TestGenome;
  const storeOf = (n: number): Store => {
    const store = stores[n % stores.length];
    if (store === undefined) throw new Error('the stores are open');
    return store;
  };

  beforeAll(async () => {
    database = await createTestDatabase(server);
    stores = await Promise.all([1, 2].map(() => openPostgresStore({ url: database.url })));
    genome = await openTestGenome();
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await genome.close();
    await database.drop();
  });

  it('lose no change of a scope', async () => {
    const ids = range(24).map(layerOf);
    await Promise.all(
      ids.map((id, n) => changeScopeLayers(storeOf(n), SCOPE, (layers) => admit(layers, id, occasion))),
    );
    const { layers } = await readScopeLayers(storeOf(0).values, SCOPE);
    expect(layers.map(({ id }) => id).toSorted()).toEqual(ids);
  });

  it('count every example once', async () => {
    const scope = ScopeId.parse('/frontend/');
    const event = (n: number) =>
      ({ exampleId: ExampleId.parse(`exa_${n}`), scope, state: 'active', priority: 1 }) as const;
    await Promise.all(
      range(24).flatMap((n) =>
        // Delivered to both at the same time, under two ids as after a replay.
        stores.map((store, at) => countExample(store, event(n), EventId.parse(`evt_${n}_${at}`), new Date())),
      ),
    );
    expect(await readCounter(storeOf(0).values, scope)).toEqual({ examples: 24, pairs: 0 });
  });

  it('count every outcome of a trial once', async () => {
    const [layer, stage] = [layerOf(0), 'shadow'] as const;
    await changeScopeLayers(storeOf(0), SCOPE, (layers) =>
      move(admit(layers, layer, occasion), layer, stage, occasion),
    );
    const findings = range(12).map((n) => FindingId.parse(`fnd_${n}`));
    for (const finding of findings) {
      const trial = { scope: SCOPE, layer, stage, baseline: 0.8, candidate: 0.8 };
      await recordTrial(storeOf(0).values, finding, trial, new Date());
    }
    await Promise.all(
      findings.flatMap((findingId) =>
        stores.map((store) => settleTrial(genome.on(store), { findingId, repo: 'acme/shop', status: 'declined' })),
      ),
    );
    expect(await readTally(storeOf(0).values, { layer, stage })).toMatchObject({ outcomes: 12 });
  });
}

describe('two processes on PostgreSQL', () => {
  if (testServer === undefined) it.skip('set TEST_DATABASE_URL', () => undefined);
  else suite(testServer);
});
