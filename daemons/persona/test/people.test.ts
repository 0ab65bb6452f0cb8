import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Commands } from '@continuum/contract/command';
import type { Store } from '@continuum/contract/ports/store';
import { Room } from '@continuum/contract/room';
import { createCommands } from '@continuum/host/commands';
import { openPgliteStore } from '@continuum/store/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registerPeople } from '../src/people/links.ts';

const OPERATOR = { caller: { kind: 'operator', id: 'root' } } as const;
const SYSTEM = { caller: { kind: 'system', id: 'persona-daemon' } } as const;
const MINUTE = 60_000;
let store: Store;
let commands: Commands;
let folder = '';
let now = new Date('2026-01-01T00:00:00.000Z');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'people-'));
  store = await openPgliteStore({ folder, now: () => now });
  commands = createCommands(store);
  registerPeople(commands, { store, now: () => now });
  await store.rooms.upsert(Room.parse({ id: 'dev-updates', title: 'dev', scope: '/', at: now.toISOString() }));
});
afterAll(async () => {
  await store?.close();
  await rm(folder, { recursive: true, force: true });
});

const claim = (externalId: string, person: string) =>
  commands.execute('people/claim', { kind: 'slack', externalId, person }, SYSTEM);
const prove = (code: string, login: string, kind: 'github' | 'slack' = 'github') =>
  commands.execute('people/prove', { kind, login, code }, SYSTEM);

describe('a link that the operator makes', () => {
  test('says who somebody is, by whom, until it is taken back', async () => {
    const link = { kind: 'slack', externalId: 'U1', person: 'ada' } as const;
    await commands.execute('people/link', link, OPERATOR);
    expect(await commands.execute('people/list', {}, OPERATOR)).toEqual([
      { ...link, by: 'operator:root', at: now.toISOString() },
    ]);
    await commands.execute('people/unlink', { kind: 'slack', externalId: 'U1' }, OPERATOR);
    expect(await store.views.personAt('slack', 'U1')).toBeUndefined();
    await expect(
      commands.execute('people/unlink', { kind: 'slack', externalId: 'U1' }, OPERATOR),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('is made by nobody else, and stands in the audit', async () => {
    const link = { kind: 'slack', externalId: 'U2', person: 'ada' } as const;
    for (const kind of ['persona', 'system'] as const) {
      await expect(commands.execute('people/link', link, { caller: { kind, id: 'x' } })).rejects.toMatchObject({
        code: 'FORBIDDEN',
      });
    }
    const entries = await store.audit.list({ limit: 2 });
    expect(entries.map(({ subject, detail }) => [subject, detail.outcome])).toEqual([
      ['externalId:U2', 'refused'],
      ['externalId:U2', 'refused'],
    ]);
  });
});

describe('a claim', () => {
  test('is proven by the login it names, once', async () => {
    const { code, expiresAt } = await claim('U3', 'Ada');
    expect(Date.parse(expiresAt) - now.getTime()).toBe(15 * MINUTE);
    expect(await store.views.personAt('slack', 'U3')).toBeUndefined();
    expect(await prove(code.toLowerCase(), 'ada')).toMatchObject({
      externalId: 'U3',
      person: 'ada',
      by: 'proof:github',
    });
    expect(await store.views.personAt('slack', 'U3')).toMatchObject({ person: 'ada' });
    await expect(prove(code, 'ada')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('is proven by nobody else, and stays open for the one it names', async () => {
    const { code } = await claim('U4', 'ada');
    await expect(prove(code, 'mallory')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(prove(code, 'ada', 'slack')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await store.views.personAt('slack', 'U4')).toBeUndefined();
    await expect(prove(code, 'ada')).resolves.toMatchObject({ externalId: 'U4' });
  });

  test('is forgotten after a quarter of an hour', async () => {
    const { code } = await claim('U5', 'ada');
    now = new Date(now.getTime() + 15 * MINUTE + 1);
    await expect(prove(code, 'ada')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('said twice at once links once', async () => {
    const { code } = await claim('U6', 'ada');
    const said = await Promise.allSettled([prove(code, 'ada'), prove(code, 'ada')]);
    expect(said.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('on the code host itself is none', async () => {
    const self = { kind: 'github', externalId: 'mallory', person: 'ada' } as const;
    await expect(commands.execute('people/claim', self, SYSTEM)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  test('leaves no code in the store or the audit', async () => {
    const { code } = await claim('U7', 'ada');
    await prove(code, 'ada');
    const { code: open } = await claim('U8', 'ada');
    const audit = JSON.stringify(await store.audit.list({ limit: 100 }));
    expect(audit).toContain('people/prove');
    for (const each of [code, open]) expect(audit).not.toContain(each);
  });
});

describe('a place', () => {
  test('shows the room that it was connected to last', async () => {
    const place = { roomId: 'dev-updates', kind: 'slack', place: 'C1', title: '#dev' } as const;
    await commands.execute('rooms/connect', place, OPERATOR);
    expect(await commands.execute('rooms/views', { roomId: 'dev-updates' }, OPERATOR)).toEqual([
      { ...place, at: now.toISOString() },
    ]);
    await expect(commands.execute('rooms/connect', { ...place, roomId: 'nowhere' }, OPERATOR)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
