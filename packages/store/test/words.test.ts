import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoomId } from '@continuum/contract/ids';
import { sampleFinding, sampleMemory, sampleMessage, sampleReview, sampleRoom } from '@continuum/testing/store/samples';
import { expect, test } from 'vitest';
import { readMigrations } from '../src/migrate.ts';
import { openEmpty } from '../src/pglite/setup.ts';
import { createStore } from '../src/store.ts';

/** Thousands of rows that speak of something else: the planner has a choice. */
const MANY = [
  ['memories', 'repo, scope, state, at, body', "repo, scope, state, at, jsonb_set(body, '{reason}', '\"Lunch.\"')"],
  [
    'findings',
    'review_id, repo, fingerprint, persona, scope, status, at, body',
    "review_id, repo, fingerprint, persona, scope, status, at, jsonb_set(body, '{message}', '\"Lunch.\"')",
  ],
  [
    'messages',
    'room_id, author, text, source_kind, source, hop, at',
    "room_id, author, 'Lunch.', source_kind, source, hop, at",
  ],
] as const;

test('what is asked for by its words is found by the index of words', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'continuum-words-'));
  const driver = await openEmpty(folder, await readMigrations());
  const store = createStore(driver, () => new Date());
  try {
    const room = sampleRoom();
    await store.rooms.upsert(room);
    await store.learning.addMemory(sampleMemory({ reason: 'Sessions expire.' }));
    await store.reviews.finish(sampleReview(), [sampleFinding({ message: 'Sessions expire.' })]);
    await store.rooms.addMessage(sampleMessage({ roomId: room.id, text: 'Sessions expire.' }));
    for (const [table, columns, change] of MANY) {
      await driver.query(
        `insert into ${table} (id, ${columns}) select id || n, ${change} from ${table}, generate_series(1, 3000) as n`,
        [],
      );
      await driver.query(`analyze ${table}`, []);
    }
    const words = ['session'];
    expect(await store.knowledge.corrections({ words })).toHaveLength(1);
    expect(await store.knowledge.findings({ words })).toHaveLength(1);
    expect(await store.knowledge.messages({ words, roomId: RoomId.parse(room.id) })).toHaveLength(1);
    await driver.query('select pg_stat_force_next_flush()', []);
    const used = await driver.query(
      "select indexrelname from pg_stat_user_indexes where indexrelname like '%words_index' and idx_scan > 0 order by 1",
      [],
    );
    expect(used.flat()).toEqual(['findings_words_index', 'memories_words_index', 'messages_words_index']);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
