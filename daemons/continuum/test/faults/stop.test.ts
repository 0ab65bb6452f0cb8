import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exactlyOnce } from './effects.ts';
import { Team } from './team.ts';
import { openWorld, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

test('asked to stop under load it ends with 0 each time, and nothing is lost', async () => {
  const team = new Team(world);
  await world.launch();
  team.start({ pauseMs: 200, most: 15 });
  for (const busyMs of [1_500, 200]) {
    await sleep(busyMs);
    expect(await world.system().stop()).toBe(0);
    await world.launch();
  }
  await team.stop();
  await exactlyOnce(world, team);
}, 240_000);
