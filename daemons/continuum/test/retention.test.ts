import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBus } from '@continuum/bus/embedded';
import { EventId, MessageId, RoomId } from '@continuum/contract/ids';
import { readSettings } from '@continuum/host/settings';
import { openPgliteStore } from '@continuum/store/pglite';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { retention } from '../src/retention.ts';

const DAY_MS = 86_400_000;

test('events that everybody handled are forgotten after a week, those that wait are not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'retention-'));
  const store = await openPgliteStore({ folder });
  let at = Date.now() - 8 * DAY_MS;
  const now = () => new Date(at);
  const bus = createEmbeddedBus({ stream: store.stream, now });
  const emit = (id: string) =>
    bus.emit(
      'room:message',
      { messageId: MessageId.parse(id), roomId: RoomId.parse('dev-updates') },
      { id: EventId.parse(id) },
    );
  await emit('handled');
  await store.stream.ensureConsumer('away', 'room:message');
  await emit('waiting');
  at = Date.now() - 5 * DAY_MS;
  await store.stream.ensureConsumer('away', 'room:reaction');
  await emit('young');
  at = Date.now();
  const daemon = retention({ settings: readSettings({}), store, now, log: pino({ level: 'silent' }) });
  await daemon.start();
  await daemon.stop();
  expect((await store.stream.recent(10)).map(({ id }) => id).sort()).toEqual(['waiting', 'young']);
  await bus.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
