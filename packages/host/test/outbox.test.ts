import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCommands } from '@continuum/host/commands';
import { createOutbox } from '@continuum/host/outbox';
import { openPgliteStore } from '@continuum/store/pglite';
import { pino } from 'pino';
import { expect, test } from 'vitest';

const comment = (body: string) => ({ repo: 'acme/shop', pr: 1, body });

test('what a stop keeps from being performed is due at once after the restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outbox-'));
  const store = await openPgliteStore({ folder });
  const commands = createCommands(store);
  const begun = Promise.withResolvers<void>();
  const slow = Promise.withResolvers<void>();
  const performed: string[] = [];
  commands.register('github/comment', async ({ body }) => {
    performed.push(body);
    begun.resolve();
    await slow.promise;
    return { externalId: body };
  });
  await commands.enqueue('github/comment', comment('one'), 'one');
  await commands.enqueue('github/comment', comment('two'), 'two');
  const parts = { outbox: store.outbox, commands, now: () => new Date(), log: pino({ level: 'silent' }) };
  const before = createOutbox(parts);
  await before.start();
  await begun.promise;
  const stopped = before.stop();
  slow.resolve();
  await stopped;
  expect(performed).toEqual(['one']);
  expect(await store.outbox.byKey('two')).toMatchObject({ state: 'pending', attempts: 0 });
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
