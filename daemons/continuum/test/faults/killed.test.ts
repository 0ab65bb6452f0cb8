import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exactlyOnce } from './effects.ts';
import { Team } from './team.ts';
import { openWorld, type World } from './world.ts';

/** Set by hand for a soak: `SOAK_MINUTES=10 npx vitest run daemons/continuum/test/faults/killed.test.ts`. */
const SOAK_MS = Number(process.env.SOAK_MINUTES ?? 0) * 60_000;
const LEAST_KILLS = 4;
const MOST_KILLS = 15 + SOAK_MS / 1_000;
/** Time for kills; on a slow machine there are fewer. */
const KILLING_MS = 15_000 + SOAK_MS;
const PULL_REQUESTS = 30 + SOAK_MS / 3_000;

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

/** Every third time it dies once more while it starts, at a random moment. */
async function killAndStartAgain(kill: number): Promise<void> {
  await world.system().kill();
  if (kill % 3 === 2) await world.launch(AbortSignal.timeout(Math.floor(Math.random() * 1_500))).catch(() => {});
  else await world.launch();
}

test(
  'killed with -9 again and again while deliveries come: everything acknowledged has its effect exactly once',
  async () => {
    const team = new Team(world);
    await world.launch();
    team.start({ pauseMs: 250, most: PULL_REQUESTS });
    const start = performance.now();
    let kills = 0;
    while (kills < LEAST_KILLS || (kills < MOST_KILLS && performance.now() - start < KILLING_MS)) {
      await sleep(50 + Math.random() * 1_200);
      await killAndStartAgain(kills);
      kills += 1;
    }
    if (!world.system().running()) await world.launch();
    await team.stop();
    await exactlyOnce(world, team, 60_000 + SOAK_MS);
    expect(world.sender.statuses.get(0), 'deliveries met a dead system').toBeGreaterThan(0);
  },
  150_000 + 2 * SOAK_MS,
);
