import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSmallDisk, type SmallDisk } from '@continuum/testing/full-disk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { exactlyOnce } from './effects.ts';
import { Team } from './team.ts';
import { openWorld, readiness, type World } from './world.ts';

const MEBIBYTE = 1024 * 1024;
const DISK_MEBIBYTES = 384;

let disk: SmallDisk | undefined;
let world: World | undefined;

beforeEach(async () => {
  disk = await openSmallDisk(DISK_MEBIBYTES);
  if (disk === undefined) expect(process.env.CONTINUUM_TEST_ALL, 'this user may not mount').not.toBe('1');
});
afterEach(async () => {
  await world?.close();
  await disk?.remove();
});

/** A system at work whose home lies on the small disk. */
async function atWork(small: SmallDisk, reserveMebibytes: number): Promise<{ made: World; team: Team }> {
  const environment = { DISK_RESERVE_MB: String(reserveMebibytes) };
  const made = await openWorld({ home: join(small.folder, 'home'), environment });
  world = made;
  await made.launch();
  const team = new Team(made);
  team.start({ pauseMs: 200, most: 16 });
  await vi.waitFor(() => expect(made.sender.acknowledged.size).toBeGreaterThan(5), { timeout: 20_000 });
  return { made, team };
}

const becomes = ({ system }: World, status: number) =>
  vi.waitFor(
    async () => {
      const answer = await readiness(system().url);
      expect(answer.status, answer.body).toBe(status);
      return answer.body;
    },
    { timeout: 30_000, interval: 100 },
  );

/** Refused with 503 and a time to come again, and not one delivery taken in meanwhile. */
async function refusesAll({ sender }: World): Promise<void> {
  const refused = () => sender.statuses.get(503) ?? 0;
  const before = refused();
  await vi.waitFor(() => expect(refused()).toBeGreaterThan(before + 3), { timeout: 15_000 });
  expect(sender.refusedWithoutRetryAfter).toBe(0);
}

test('less free than the reserve: deliveries are refused with a time to come again, until there is space', async (context) => {
  if (disk === undefined) return context.skip();
  const { made, team } = await atWork(disk, 16);
  await disk.fill(8 * MEBIBYTE);
  await refusesAll(made);
  expect(await becomes(made, 503)).toMatch(/disk/);
  await disk.empty();
  await becomes(made, 200);
  await team.stop();
  await exactlyOnce(made, team);
}, 240_000);

test('really full, without a reserve: nothing acknowledged is lost, and it goes on by itself when there is space', async (context) => {
  if (disk === undefined) return context.skip();
  const { made, team } = await atWork(disk, 0);
  const { pid } = made.system();
  await disk.fill();
  await refusesAll(made);
  await becomes(made, 503);
  await sleep(1_000);
  await disk.empty();
  await becomes(made, 200);
  await team.stop();
  await exactlyOnce(made, team);
  expect([made.system().running(), made.system().pid]).toEqual([true, pid]);
}, 240_000);
