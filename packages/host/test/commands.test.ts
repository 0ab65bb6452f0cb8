import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandContext, Commands } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { Store } from '@continuum/contract/ports/store';
import { createCommands } from '@continuum/host/commands';
import { createOutbox } from '@continuum/host/outbox';
import { openPgliteStore } from '@continuum/store/pglite';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

const operator: CommandContext = { caller: { kind: 'operator', id: 'ada' } };
const comment = { repo: 'acme/shop', pr: 7, body: 'Thanks.' };
let folder = '';
let store: Store;
let commands: Commands;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'continuum-commands-'));
  store = await openPgliteStore({ folder: join(folder, 'store') });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  commands = createCommands(store);
});

describe('the command registry', () => {
  test('parses the input, names the wrong field', async () => {
    commands.register('github/comment', async () => ({ externalId: '1' }));
    const wrong = commands.execute('github/comment', { ...comment, pr: -1 }, operator);
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('pr') });
  });

  test('an unhandled command says what to do', async () => {
    const call = commands.execute('github/comment', comment, operator);
    await expect(call).rejects.toMatchObject({ code: 'NOT_FOUND', next: expect.stringContaining('GITHUB_TOKEN') });
  });

  test('a persona may not approve what it was taught', async () => {
    commands.register('examples/list', async () => []);
    const call = commands.execute('examples/list', {}, { caller: { kind: 'persona', id: 'security-ai' } });
    await expect(call).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('an effect is audited with who and what, reading is not', async () => {
    commands.register('github/comment', async () => ({ externalId: '1' }));
    commands.register('examples/list', async () => []);
    await commands.execute('github/comment', comment, { ...operator, idempotencyKey: 'k1' });
    await commands.execute('examples/list', {}, operator);
    const [newest] = await store.audit.list({ limit: 1 });
    expect(newest).toMatchObject({ actor: 'operator:ada', action: 'github/comment', subject: 'repo:acme/shop' });
    expect(await store.audit.verify()).toBeUndefined();
  });

  test('what was refused and what failed is in the audit once too, without texts', async () => {
    commands.register('github/comment', async () => {
      throw new ContinuumError('CODE_HOST_REJECTED', 'ghp_secret is no good');
    });
    const before = (await store.audit.list({ limit: 1 }))[0]?.seq ?? 0;
    const stranger: CommandContext = { caller: { kind: 'persona', id: 'security-ai' } };
    const attempts = [
      commands.execute('github/comment', { ...comment, body: 'my password' }, { ...operator, idempotencyKey: 'k2' }),
      commands.execute('github/comment', { ...comment, pr: -1, repo: 'my password' }, operator),
      commands.execute('deliveries/replay', { deliveryId: 'd1' }, stranger),
      commands.execute('deliveries/replay', { deliveryId: 'd2' }, operator),
      commands.execute('examples/list', {}, stranger),
    ];
    const ends = await Promise.allSettled(attempts);
    expect(ends.map(({ status }) => status)).toEqual(attempts.map(() => 'rejected'));
    const entries = (await store.audit.list({ limit: 10 })).filter(({ seq }) => seq > before);
    expect(entries.map(({ actor, action, subject, detail }) => [actor, action, subject, detail]).sort()).toEqual([
      ['operator:ada', 'deliveries/replay', 'deliveryId:d2', { outcome: 'failed', code: 'NOT_FOUND' }],
      ['operator:ada', 'github/comment', '', { outcome: 'refused', code: 'INVALID_INPUT' }],
      [
        'operator:ada',
        'github/comment',
        'repo:acme/shop',
        { key: 'k2', outcome: 'failed', code: 'CODE_HOST_REJECTED' },
      ],
      ['persona:security-ai', 'deliveries/replay', 'deliveryId:d1', { outcome: 'refused', code: 'FORBIDDEN' }],
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/password|ghp_/);
  });

  test('an effect that is tried again is audited once, when it is over', async () => {
    let calls = 0;
    commands.register('github/comment', async () => {
      calls += 1;
      if (calls < 4) throw new ContinuumError('CODE_HOST_UNAVAILABLE', 'busy', { retryable: true });
      return { externalId: '1' };
    });
    const before = (await store.audit.list({ limit: 1 }))[0]?.seq ?? 0;
    const context = { ...operator, idempotencyKey: 'k3' };
    for (let time = 1; time < 4; time++) {
      await expect(commands.execute('github/comment', comment, context)).rejects.toThrow('busy');
    }
    await commands.execute('github/comment', comment, context);
    const entries = (await store.audit.list({ limit: 10 })).filter(({ seq }) => seq > before);
    expect(entries).toMatchObject([{ detail: { key: 'k3' } }]);
  });

  test('a second handler for a name is refused', () => {
    commands.register('examples/list', async () => []);
    expect(() => commands.register('examples/list', async () => [])).toThrow(/already/);
  });

  test('a name from outside is looked up, not trusted', async () => {
    await expect(commands.executeUntyped('rm/rf', {}, operator)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('the outbox', () => {
  async function performing(handler: () => Promise<{ externalId: string }>, key: string): Promise<void> {
    commands.register('github/comment', handler);
    await commands.enqueue('github/comment', comment, key);
    await commands.enqueue('github/comment', comment, key);
    const outbox = createOutbox({
      ...{ store, commands, now: () => new Date(), log: pino({ level: 'silent' }), metrics: new Registry() },
      bus: {
        emit: () => {
          throw new Error('no event waits here');
        },
      },
    });
    await outbox.start();
    await vi.waitFor(async () => expect(['done', 'dead']).toContain((await store.outbox.byKey(key))?.state), {
      timeout: 20_000,
      interval: 50,
    });
    await outbox.stop();
  }

  test('one key is performed once', async () => {
    let calls = 0;
    await performing(async () => ({ externalId: String(++calls) }), 'once');
    expect(calls).toBe(1);
    expect((await store.outbox.byKey('once'))?.result).toEqual({ externalId: '1' });
  });

  test('what may work later is tried again, as late as it says', async () => {
    let calls = 0;
    await performing(async () => {
      if (++calls < 3) throw new ContinuumError('CODE_HOST_UNAVAILABLE', 'busy', { retryable: true, retryAfterMs: 10 });
      return { externalId: 'x' };
    }, 'retried');
    expect(calls).toBe(3);
  });

  test('what cannot work is a dead letter with its reason', async () => {
    await performing(async () => {
      throw new ContinuumError('CODE_HOST_REJECTED', 'no permission');
    }, 'dead');
    const entry = await store.outbox.byKey('dead');
    expect(entry).toMatchObject({ state: 'dead', error: expect.stringContaining('no permission') });
  });
});
