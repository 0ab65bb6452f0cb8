import { expect, test } from 'vitest';
import { cachedTickets, TICKET_TTL_MS } from '../src/cache.ts';
import { retryAfterMs, untilMs } from '../src/retry-after.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

function ticketOf(key: string) {
  return { key, title: key, description: '', state: 'Todo', url: `https://tracker.test/${key}` };
}

test('a ticket is asked for once, also by many at the same time, and again when its time is over', async () => {
  const asked: string[] = [];
  let at = NOW.getTime();
  const read = async (key: string) => {
    asked.push(key);
    return key === 'ENG-9' ? undefined : ticketOf(key);
  };
  const ticket = cachedTickets({ now: () => new Date(at), read });
  expect(await Promise.all([ticket('ENG-1'), ticket('ENG-1'), ticket('ENG-9')])).toEqual([
    ticketOf('ENG-1'),
    ticketOf('ENG-1'),
    undefined,
  ]);
  await ticket('ENG-9');
  expect(asked).toEqual(['ENG-1', 'ENG-9']);
  at += TICKET_TTL_MS;
  await ticket('ENG-1');
  expect(asked).toEqual(['ENG-1', 'ENG-9', 'ENG-1']);
});

test('a failure is told to all who asked and not remembered', async () => {
  let fails = true;
  const read = async (key: string) => {
    if (fails) throw new Error('away');
    return ticketOf(key);
  };
  const ticket = cachedTickets({ now: () => NOW, read });
  await expect(ticket('ENG-1')).rejects.toThrow('away');
  fails = false;
  expect(await ticket('ENG-1')).toEqual(ticketOf('ENG-1'));
});

test.each([
  ['7', 7_000],
  ['0', 0],
  ['Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['999999999', 6 * 3_600_000],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('Retry-After %j is %j ms', (value, ms) => {
  expect(retryAfterMs(value, NOW)).toBe(ms);
});

test.each([
  [String(NOW.getTime() + 5_000), 5_000],
  ['2026-03-01T12:00:30Z', 30_000],
  ['later', undefined],
])('a limit until %j ends in %j ms', (value, ms) => {
  expect(untilMs(value, NOW)).toBe(ms);
});
