import { createEmbeddedBus } from '@continuum/bus/embedded';
import type { Commands } from '@continuum/contract/command';
import { ScopeId } from '@continuum/contract/ids';
import type { Store } from '@continuum/contract/ports/store';
import { createCommands } from '@continuum/host/commands';
import { readSettings } from '@continuum/host/settings';
import { openPostgresStore } from '@continuum/store/postgres';
import { createSteppingTrainer } from '@continuum/testing/layers';
import { createTestDatabase, type TestDatabase, testServer } from '@continuum/testing/test-database';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLayerTraining, type LayerTraining } from '../src/layers/layers.ts';
import { teach } from './corrections.ts';
import { startTraining, type TestSystem } from './runtime.ts';

const SCOPE = ScopeId.parse('/security/');
const OPERATOR = { caller: { kind: 'operator', id: 'ann' } } as const;

interface Process {
  readonly commands: Commands;
  readonly training: LayerTraining;
  stop(): Promise<void>;
}

/** Stores, buses and commands of their own: only the database is shared, so that no event tells one what the other does. */
function suite(server: string): void {
  let database: TestDatabase;
  let system: TestSystem;
  let stores: Store[];
  const trainer = createSteppingTrainer({ steps: 2000, stepMs: 10 });

  async function launch(store: Store, instance: string): Promise<Process> {
    const bus = createEmbeddedBus({ stream: store.stream, alone: false });
    const { home } = system.runtime.settings;
    const environment = { DATABASE_URL: database.url, CONTINUUM_INSTANCE: instance, CONTINUUM_HOME: home };
    const commands = createCommands(store);
    const parts = { store, bus, commands, trainer, metrics: new Registry(), settings: readSettings(environment) };
    const training = createLayerTraining({ ...system.runtime, ...parts });
    await training.start();
    const stop = async () => {
      await training.stop();
      await bus.close();
    };
    return { commands, training, stop };
  }

  beforeAll(async () => {
    database = await createTestDatabase(server);
    stores = await Promise.all([1, 2].map(() => openPostgresStore({ url: database.url })));
    system = await startTraining();
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await system.close();
    await database.drop();
  });

  it('one of them works; the other puts jobs in line, waits for their end, cancels them, and takes over at a stop', async () => {
    const [first, second] = stores;
    if (first === undefined || second === undefined) throw new Error('the stores are open');
    await teach(first, 40);
    const leader = await launch(first, 'training-1');
    const { jobId } = await leader.commands.execute('layers/train', { scope: SCOPE }, OPERATOR);
    await vi.waitFor(() => expect(trainer.stepsMade).toBeGreaterThan(3), { timeout: 10_000 });
    const other = await launch(second, 'training-2');
    const waiting = other.commands.execute('layers/train', { scope: SCOPE, wait: true }, OPERATOR);
    const cancelled = await other.commands.execute('layers/cancel', { jobId }, OPERATOR);
    expect(cancelled).toMatchObject({ jobId, state: 'cancelled' });
    expect(await waiting).toMatchObject({ jobId, progress: { state: 'cancelled' } });

    const again = await other.commands.execute('layers/train', { scope: SCOPE }, OPERATOR);
    const reached = trainer.stepsMade;
    await vi.waitFor(() => expect(trainer.stepsMade).toBeGreaterThan(reached), { timeout: 10_000 });
    await leader.stop();
    const left = trainer.stepsMade;
    await vi.waitFor(() => expect(trainer.stepsMade).toBeGreaterThan(left), { timeout: 10_000 });
    const end = await other.commands.execute('layers/cancel', { jobId: again.jobId }, OPERATOR);
    expect(end).toMatchObject({ jobId: again.jobId, state: 'cancelled' });
    await other.stop();
  }, 60_000);
}

describe('training in several processes on one PostgreSQL', () => {
  if (testServer === undefined) it.skip('set TEST_DATABASE_URL', () => undefined);
  else suite(testServer);
});
