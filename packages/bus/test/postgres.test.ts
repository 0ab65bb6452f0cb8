import { FeedbackId } from '@continuum/contract/ids';
import { openPostgresStore } from '@continuum/store/postgres';
import { busContract } from '@continuum/testing/bus-contract';
import { startPostgres } from '@continuum/testing/servers/postgres';
import { findProgram } from '@continuum/testing/servers/program';
import { createTestDatabase, testServer } from '@continuum/testing/test-database';
import { expect, test } from 'vitest';
import { createEmbeddedBus } from '../src/embedded.ts';

function suite(server: string): void {
  busContract('embedded over PostgreSQL', async () => {
    const database = await createTestDatabase(server);
    const store = await openPostgresStore({ url: database.url });
    return {
      open: async () => createEmbeddedBus({ stream: store.stream }),
      remove: async () => {
        await store.close();
        await database.drop();
      },
    };
  });
}

if (testServer === undefined) test.skip('embedded over PostgreSQL: set TEST_DATABASE_URL', () => undefined);
else suite(testServer);

const installed = findProgram('postgres') !== undefined || process.env.CONTINUUM_TEST_ALL === '1';
test.skipIf(!installed)(
  'goes on by itself after its PostgreSQL was restarted: everything emitted is handled',
  async () => {
    const server = await startPostgres();
    const store = await openPostgresStore({ url: await server.createDatabase('bus') });
    const bus = createEmbeddedBus({ stream: store.stream });
    const seen = new Set<string>();
    const handler = async (event: { readonly id: string }): Promise<void> => {
      seen.add(event.id);
      await new Promise((resolve) => setTimeout(resolve, 1));
    };
    await bus.subscribe('feedback:given', handler, { durable: 'consumer', concurrency: 4, backoffMs: 10 });
    const emitted: string[] = [];
    let failed = 0;
    let done = false;
    const writer = async (): Promise<void> => {
      for (let index = 0; !done; index += 1) {
        await bus.emit('feedback:given', { feedbackId: FeedbackId.parse(`fbk_${index}`) }).then(
          ({ id }) => emitted.push(id),
          async () => {
            failed += 1;
            await new Promise((resolve) => setTimeout(resolve, 20));
          },
        );
      }
    };
    const writers = Promise.all([writer(), writer()]);
    await expect.poll(() => seen.size, { timeout: 20_000 }).toBeGreaterThan(20);
    await server.restart('fast');
    const after = emitted.length;
    await expect.poll(() => emitted.length, { timeout: 20_000 }).toBeGreaterThan(after + 20);
    done = true;
    await writers;
    await bus.idle(20_000);
    expect(failed).toBeGreaterThan(0);
    expect(emitted.filter((id) => !seen.has(id))).toEqual([]);
    expect(await store.stream.deadLetters(10)).toEqual([]);
    await bus.close();
    await store.close();
    await server.stop();
  },
  90_000,
);
