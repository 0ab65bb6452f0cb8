import type { Delivery } from './network/deliveries.ts';
import type { Sender } from './network/sender.ts';
import type { Random } from './random.ts';
import type { SimNode } from './system/node.ts';
import type { World } from './world/world.ts';

export interface Cast {
  readonly world: World;
  readonly nodes: readonly SimNode[];
  readonly sender: Sender;
  readonly sent: readonly Delivery[];
  /** What still has to end, in words; empty at rest. */
  readonly isQuiet: () => string[];
  /** All that has to hold at rest. */
  readonly check: () => void;
  /** One process with a store of its own. */
  readonly alone: boolean;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Faults are over: everything has to come to rest within this. */
const SETTLE_MS = HOUR_MS;
const LOOK_MS = 1_000;
/** Timers that a process at rest may have; each part has one or two. */
const MOST_TIMERS = 40;

/** What happens in a run: deliveries under faults, perhaps an outage of hours, rest, perhaps one more power cut, the end. */
export async function play(cast: Cast): Promise<void> {
  const { world, nodes, sent } = cast;
  const { random } = world;
  world.onCrash = (process) => {
    for (const node of nodes) if (node.owns(process)) crash(cast, node);
  };
  for (const node of nodes) node.boot();
  world.faults.begin();
  const later = random.chance(0.4) ? random.below(sent.length) : 0;
  const beforeMs = random.spread(2_000, 60_000);
  await Promise.all([deliver(cast, sent.slice(later), beforeMs), trouble(cast, beforeMs)]);
  if (later > 0) {
    await outage(cast);
    await Promise.all([deliver(cast, sent.slice(0, later), beforeMs), trouble(cast, beforeMs)]);
  }
  await rest(cast);
  if (world.violation === undefined && random.chance(0.3)) {
    for (const node of nodes) node.crash(true);
    await world.sleep(random.spread(1_000, HOUR_MS));
    await rest(cast);
  }
  await end(cast);
}

/** First sendings, spread over a time; it does not wait for what has to be sent again. */
async function deliver({ world, sender }: Cast, deliveries: readonly Delivery[], spreadMs: number): Promise<void> {
  const isBurst = world.random.chance(0.2);
  for (const delivery of deliveries) {
    void sender.send(delivery);
    if (!isBurst) await world.sleep(world.random.unit() * ((2 * spreadMs) / deliveries.length));
  }
}

/** Faults that strike at a moment, not at a call. */
async function trouble({ world, nodes }: Cast, spreadMs: number): Promise<void> {
  const { random, faults } = world;
  const { partitions, bitFlips, diskFull, clockSkewMs } = faults.plan;
  const at = (act: () => void): void => void world.scheduler.after(random.unit() * spreadMs, act);
  for (let count = 0; count < partitions; count += 1) at(() => cut(world, random.oneOf(nodes)));
  for (let count = 0; count < bitFlips; count += 1) at(() => damage(world, random.oneOf(nodes)));
  if (diskFull) at(() => fillDisk(world));
  if (clockSkewMs > 0) world.count('clocks differ');
  if (random.chance(0.2)) at(() => restart(world, random.oneOf(nodes)));
  await world.sleep(spreadMs);
}

/** A process dies where it stands, alone or with the power of its machine, and comes back after a while. */
function crash(cast: Cast, node: SimNode): void {
  const { world, alone } = cast;
  const { random, faults } = world;
  const withPower = random.chance(faults.plan.powerCuts);
  node.crash(withPower);
  world.scheduler.after(downMs(random, withPower, alone), () => {
    node.boot();
    if (!faults.crashesAgain()) return;
    const { lives } = node;
    world.scheduler.after(random.spread(10, 5_000), () => {
      if (node.lives === lives && faults.active) crash(cast, node);
    });
  });
}

/** A supervisor is quick; a machine takes its time, or waits for somebody. */
function downMs(random: Random, withPower: boolean, alone: boolean): number {
  if (!withPower) return random.spread(200, 20_000);
  return alone && random.chance(0.2) ? random.spread(MINUTE_MS, 2 * HOUR_MS) : random.spread(15_000, MINUTE_MS);
}

function cut(world: World, node: SimNode | undefined): void {
  if (node === undefined || !world.faults.active) return;
  world.count('partition');
  world.note(node.name, 'is cut off from the store');
  node.link.cut();
  world.scheduler.after(world.random.spread(1_000, 2 * MINUTE_MS), () => node.link.mend());
}

function damage(world: World, node: SimNode | undefined): void {
  if (node === undefined || !world.faults.active || !node.disk.damage()) return;
  world.count('bit flip');
  if (world.random.chance(0.5)) node.crash(false);
  world.scheduler.after(world.random.spread(1_000, 30_000), () => {
    node.disk.repair();
    node.boot();
  });
}

function fillDisk(world: World): void {
  if (!world.faults.active) return;
  world.faults.diskIsFull = true;
  world.scheduler.after(world.random.spread(1_000, MINUTE_MS), () => {
    world.faults.diskIsFull = false;
  });
}

/** A rolling update: stop, start. */
async function restart(world: World, node: SimNode | undefined): Promise<void> {
  if (node === undefined || !node.isUp) return;
  world.count('graceful restart');
  await node.stop();
  await world.sleep(world.random.spread(200, 10_000));
  node.boot();
}

/** Everything is off for hours; afterwards senders send some of what they had sent before. */
async function outage({ world, nodes, sender, sent }: Cast): Promise<void> {
  const { random } = world;
  world.count('outage of hours');
  const downMs = random.spread(10 * MINUTE_MS, 60 * HOUR_MS);
  sender.restsUntil = world.now + downMs;
  await Promise.all(
    nodes.map(async (node) => {
      node.isOff = true;
      // One that is still starting is not stopped but killed.
      if (node.isUp && random.chance(0.5)) await node.stop();
      else node.crash(random.chance(0.5));
    }),
  );
  await world.sleep(Math.max(0, sender.restsUntil - world.now));
  for (const node of nodes) {
    node.isOff = false;
    node.boot();
  }
  for (const delivery of sent) {
    if (!delivery.accepted || !random.chance(0.2)) continue;
    world.count('duplicate after hours');
    world.scheduler.after(random.spread(1, MINUTE_MS), () => void sender.again(delivery));
  }
}

/** Faults are over. Everybody is up, everything that was accepted gets done, and then everything holds. */
async function rest(cast: Cast): Promise<void> {
  const { world, nodes, sender, isQuiet, check } = cast;
  world.note('-', 'faults are over');
  world.faults.end();
  for (const node of nodes) {
    node.link.mend();
    node.disk.repair();
    node.boot();
  }
  const deadline = world.now + SETTLE_MS;
  const isBusy = (): boolean => sender.open > 0 || nodes.some(({ isUp }) => !isUp) || isQuiet().length > 0;
  do await world.sleep(LOOK_MS);
  while (isBusy() && world.now < deadline);
  if (isBusy()) {
    const open = [
      `${sender.open} not accepted`,
      ...nodes.filter(({ isUp }) => !isUp).map(({ name }) => `${name} down`),
    ];
    world.fail('everything comes to rest', [...open, ...isQuiet()].join('; '));
    return;
  }
  // Requests that nobody waits for any more arrive before this is over.
  await world.sleep(MINUTE_MS);
  check();
}

async function end({ world, nodes }: Cast): Promise<void> {
  for (const node of nodes) {
    if (node.timers > MOST_TIMERS) world.fail('a process at rest is small', `${node.name} has ${node.timers} timers`);
    if (!(await node.stop())) world.fail('a process stops when it is told to', node.name);
  }
}
