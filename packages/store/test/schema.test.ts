import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { readMigrations } from '../src/migrate.ts';
import * as learning from '../src/schema/learning.ts';
import * as operations from '../src/schema/operations.ts';
import * as review from '../src/schema/review.ts';
import * as room from '../src/schema/room.ts';
import * as stream from '../src/schema/stream.ts';
import * as view from '../src/schema/view.ts';

// drizzle-kit's ESM build has dynamic requires that Node refuses.
const kit: typeof import('drizzle-kit/api') = createRequire(import.meta.url)('drizzle-kit/api');

describe('migrations', () => {
  test('are what drizzle-kit would write for the schema', async () => {
    const last = (await readMigrations()).length - 1;
    const file = new URL(`../migrations/meta/${String(last).padStart(4, '0')}_snapshot.json`, import.meta.url);
    const recorded = JSON.parse(await readFile(file, 'utf8'));
    const schema = { ...learning, ...operations, ...review, ...room, ...stream, ...view };
    const current = kit.generateDrizzleJson(schema, recorded.prevId, undefined, 'snake_case');
    expect(await kit.generateMigration(recorded, current), 'run: npm run migrations -w @continuum/store').toEqual([]);
  });
});
