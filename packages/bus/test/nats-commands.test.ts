import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CommandContext } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { CommandTransport } from '@continuum/contract/ports/command-transport';
import { findNatsServer, type NatsServer, startNats } from '@continuum/testing/servers/nats';
import { headers } from '@nats-io/nats-core';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Parts, toParts } from '../src/nats/commands/parts.ts';
import { openNatsCommands } from '../src/nats/commands.ts';
import { connectNats, type NatsLink } from '../src/nats/connection.ts';

const context: CommandContext = { caller: { kind: 'system', id: 'test' } };

describe.skipIf(findNatsServer() === undefined)('commands over NATS', () => {
  let server: NatsServer;
  let links: NatsLink[];
  let opened: CommandTransport[];
  let prefix: string;
  let runs = 0;

  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    runs += 1;
    [links, opened, prefix] = [[], [], `test-${runs}`];
  });
  afterEach(async () => {
    await Promise.all(opened.map((each) => each.close()));
    await Promise.all(links.map((link) => link.close()));
  });

  async function open(): Promise<CommandTransport> {
    const link = await connectNats({ servers: [server.url] });
    const commands = openNatsCommands({ link, prefix, silentMs: 3000 });
    links.push(link);
    opened.push(commands);
    return commands;
  }

  test('a command runs in another process with its input, caller and key, and answers', async () => {
    const [serving, calling] = [await open(), await open()];
    let seen: unknown;
    await serving.serve('layers/list', async (input, { caller, idempotencyKey }) => {
      seen = { input, caller, idempotencyKey };
      return [{ id: 'a' }];
    });
    const answer = await calling.call('layers/list', { scope: '/a/' }, { ...context, idempotencyKey: 'k' });
    expect(answer).toEqual([{ id: 'a' }]);
    expect(seen).toEqual({ input: { scope: '/a/' }, caller: context.caller, idempotencyKey: 'k' });
  });

  test('the error of a handler arrives as it was thrown, without what is not said outside', async () => {
    const [serving, calling] = [await open(), await open()];
    const options = { next: 'Wait.', retryable: true, retryAfterMs: 7, cause: new Error('secret') };
    await serving.serve('layers/list', async () => Promise.reject(new ContinuumError('LEASE_LOST', 'gone', options)));
    await serving.serve('memory/list', async () => Promise.reject(new Error('a bug')));
    const thrown = await calling.call('layers/list', {}, context).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(ContinuumError);
    expect(thrown).toMatchObject({
      code: 'LEASE_LOST',
      message: 'gone',
      next: 'Wait.',
      retryable: true,
      retryAfterMs: 7,
    });
    expect(thrown instanceof Error && thrown.cause).toBeUndefined();
    await expect(calling.call('memory/list', {}, context)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'a bug',
    });
  });

  test('a command that nobody serves is NOT_FOUND at once', async () => {
    const calling = await open();
    await expect(calling.call('layers/list', {}, context)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('requests and answers beyond the payload of the server arrive whole', async () => {
    const [serving, calling] = [await open(), await open()];
    await serving.serve('review/run', async (input) => input);
    // Random text is hardly compressed: several parts each way.
    const bytes = Buffer.from(Array.from({ length: 5_000_000 }, () => Math.floor(Math.random() * 256)));
    const large = { text: bytes.toString('base64') };
    expect(await calling.call('review/run', large, context)).toEqual(large);
  });

  test('several processes that serve a command share its calls', async () => {
    const [one, other, calling] = [await open(), await open(), await open()];
    const counts = { one: 0, other: 0 };
    await one.serve('layers/list', async () => {
      counts.one += 1;
    });
    await other.serve('layers/list', async () => {
      counts.other += 1;
    });
    await Promise.all(Array.from({ length: 100 }, () => calling.call('layers/list', {}, context)));
    expect(counts.one + counts.other).toBe(100);
    expect(Math.min(counts.one, counts.other)).toBeGreaterThan(0);
  });

  test('a caller that gives up is told so at once, and the handler too', async () => {
    const [serving, calling] = [await open(), await open()];
    const begun = Promise.withResolvers<void>();
    const told = Promise.withResolvers<unknown>();
    await serving.serve('layers/train', async (_input, { signal }) => {
      begun.resolve();
      await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
      told.resolve(signal?.reason);
    });
    const abort = new AbortController();
    const answer = calling.call('layers/train', {}, { ...context, signal: abort.signal });
    const rejected = expect(answer).rejects.toMatchObject({ code: 'ABORTED' });
    await begun.promise;
    abort.abort();
    await rejected;
    expect(await told.promise).toMatchObject({ code: 'ABORTED' });
  });

  test('close waits for the command that runs, which is answered, and takes no other', async () => {
    const [serving, calling] = [await open(), await open()];
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await serving.serve('layers/list', async () => {
      begun.resolve();
      await release.promise;
      return 'done';
    });
    const answer = calling.call('layers/list', {}, context);
    await begun.promise;
    const closing = serving.close();
    await expect(serving.serve('memory/list', async () => 1)).rejects.toMatchObject({ code: 'BUS_CLOSED' });
    release.resolve();
    await closing;
    expect(await answer).toBe('done');
    await expect(calling.call('layers/list', {}, context)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('an answer that falls into a restart of the server still arrives', async () => {
    const [serving, calling] = [await open(), await open()];
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await serving.serve('layers/list', async () => {
      begun.resolve();
      await release.promise;
      return 'after all';
    });
    const answer = calling.call('layers/list', {}, context);
    await begun.promise;
    await server.kill();
    release.resolve();
    await server.restart();
    expect(await answer).toBe('after all');
  });

  test('a process killed with -9 in the middle of a command is noticed, a slow one is not cut off', async () => {
    const calling = await open();
    const slow = await open();
    await slow.serve('layers/train', () => new Promise((resolve) => setTimeout(resolve, 3500, 'slow')));
    const program = fileURLToPath(new URL('./serve-and-hang.ts', import.meta.url));
    const child = spawn(process.execPath, [program, server.url, prefix], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const answers = [calling.call('layers/train', {}, context), calling.call('layers/list', {}, context)];
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await expect(answers[1]).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE', retryable: true });
    expect(await answers[0]).toBe('slow');
  });
});

test('a message in parts is put together whatever the order of the parts, and what is no part is refused', () => {
  const message = fc.record({ data: fc.uint8Array({ maxLength: 300 }), room: fc.integer({ min: 1, max: 50 }) });
  fc.assert(
    fc.property(message, fc.infiniteStream(fc.nat()), ({ data, room }, order) => {
      const cut = toParts({ data, headers: headers() }, 4096 + room);
      expect(Math.max(...cut.map((part) => part.data.length))).toBeLessThanOrEqual(room);
      const shuffled = cut.map((part) => ({ part, at: order.next().value ?? 0 })).sort((a, b) => a.at - b.at);
      const parts = new Parts();
      const wholes = shuffled.map(({ part }) => parts.add(part));
      expect(wholes.slice(0, -1).every((whole) => whole === undefined)).toBe(true);
      expect(Buffer.from(wholes.at(-1)?.data ?? [1]).equals(data)).toBe(true);
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      const own = headers();
      own.set('Continuum-Part', `${text.replaceAll(/[\r\n/]/g, '')}/2`);
      if (!/^[01]\/2$/.test(own.get('Continuum-Part'))) {
        expect(() => new Parts().add({ data: new Uint8Array(), headers: own })).toThrow(RangeError);
      }
    }),
  );
});
