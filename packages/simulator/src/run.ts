import { checkAtRest, checkCheckpoint, checkServed, orderCheck, type Seen, unfinished } from './checks.ts';
import { drawPlan, type FaultPlan, Faults, isCalm } from './faults.ts';
import { SimCodeHost } from './network/code-host.ts';
import { drawDeliveries } from './network/deliveries.ts';
import { Sender } from './network/sender.ts';
import { Random } from './random.ts';
import { play } from './scenario.ts';
import { SimDatabase } from './store/sim-database.ts';
import { SimNode } from './system/node.ts';
import { drive } from './world/drive.ts';
import { replaceGlobals } from './world/globals.ts';
import { Scheduler } from './world/scheduler.ts';
import { Trace } from './world/trace.ts';
import { World } from './world/world.ts';

/** How a run ended. */
export interface RunResult {
  readonly seed: number;
  /** The same for every run of this seed. */
  readonly hash: string;
  readonly events: number;
  /** Ms of virtual time. */
  readonly virtualMs: number;
  readonly plan: FaultPlan;
  readonly counters: ReadonlyMap<string, number>;
  readonly failure?: { readonly invariant: string; readonly message: string };
  /** The newest lines of what happened. */
  readonly trace: readonly string[];
}

const START_MS = Date.parse('2026-03-01T12:00:00.000Z');
/** A store that never syncs is written back by the kernel within a minute or so. */
const WRITE_BACK_MS = 60_000;

/**
 * Runs the system through what this seed holds for it. No clock, no disk, no network and no chance but the simulated take
 * part, and nothing else may run in this thread meanwhile.
 */
export async function runSeed(seed: number, options: { readonly keepTrace?: boolean } = {}): Promise<RunResult> {
  const random = new Random(seed);
  const plan = drawPlan(random);
  const scheduler = new Scheduler(random, START_MS);
  const trace = new Trace(options.keepTrace === true);
  const world = new World({ random, scheduler, trace, faults: new Faults(plan, random) });
  const unhandled = (error: unknown): void => world.fail('no rejection is left unhandled', String(error));
  const restore = replaceGlobals(scheduler, random);
  process.on('unhandledRejection', unhandled);
  try {
    let isOver = false;
    // Whatever breaks in the scenario itself is a failure of this seed too.
    const over = build(world).then(
      () => {
        isOver = true;
      },
      (error: unknown) =>
        world.fail('the scenario works', error instanceof Error ? (error.stack ?? '') : String(error)),
    );
    await drive(world, () => isOver);
    if (world.violation === undefined) await over;
  } finally {
    restore();
    // Rejections of this run that nobody handled are told in the next turn of the real event loop.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
  }
  const { violation } = world;
  return {
    ...{ seed, hash: trace.hash, events: trace.events, virtualMs: world.now - START_MS, plan },
    counters: world.counters,
    trace: trace.tail(),
    ...(violation === undefined ? {} : { failure: { invariant: violation.invariant, message: violation.message } }),
  };
}

function build(world: World): Promise<void> {
  const { random, faults } = world;
  const alone = random.chance(0.5);
  const database = new SimDatabase(alone ? WRITE_BACK_MS : 0);
  const sent = drawDeliveries(2 + random.below(random.pick([6, 20, 40])), faults.plan, random);
  const deliveries = new Map(sent.map((delivery) => [delivery.key, delivery]));
  const isRefused = ({ body }: { readonly body: string }): boolean =>
    sent.some(({ id, kind }) => kind === 'unpostable' && body.endsWith(id));
  const host = new SimCodeHost(world, isRefused);
  const seen: Seen = { world, tables: database.tables, host, deliveries, isDurable: !alone };
  const concurrency = random.pick([1, 1, 2, 4]);
  const names = alone ? ['a'] : ['a', 'b', 'c'].slice(0, 1 + random.below(3));
  const isOrdered = isCalm(faults.plan) && concurrency === 1 && names.length === 1;
  const settings = {
    ...{ database, host, alone, concurrency },
    ackWaitMs: random.pick([5_000, 15_000, 60_000]),
    maxSegmentBytes: random.pick([600, 4_000, 20_000, 1 << 20]),
    watch: {
      served: (record: Parameters<typeof checkServed>[1]) => checkServed(seen, record),
      checkpointed: (ids: readonly string[]) => checkCheckpoint(seen, ids),
    },
    ...orderCheck(seen, isOrdered),
  };
  const nodes = names.map((name) => new SimNode(world, { ...settings, name }));
  const door = () => random.oneOf(nodes.flatMap(({ accept }) => accept ?? []));
  const sender = new Sender(world, door);
  return play({ world, nodes, sender, sent, isQuiet: () => unfinished(seen), check: () => checkAtRest(seen), alone });
}
