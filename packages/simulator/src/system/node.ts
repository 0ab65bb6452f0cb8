import { createEmbeddedBus } from '@continuum/bus/embedded';
import { toContinuumError } from '@continuum/contract/errors';
import { createIntake, type Intake } from '@continuum/daemon-intake/intake';
import { createCommands } from '@continuum/host/commands';
import { createOutbox } from '@continuum/host/outbox';
import { openJournal } from '@continuum/journal/journal';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { SimDisk } from '../disk/sim-disk.ts';
import type { SimCodeHost } from '../network/code-host.ts';
import { type Delivery, WEBHOOK_SECRET } from '../network/deliveries.ts';
import { localLink, NetworkLink } from '../store/link.ts';
import type { SimDatabase } from '../store/sim-database.ts';
import { SimProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { subscribeConsumers } from './consumers.ts';
import { type JournalWatch, watchJournal } from './watched-journal.ts';

export interface NodeOptions {
  readonly name: string;
  readonly database: SimDatabase;
  readonly host: SimCodeHost;
  /** Has a database of its own in the same process. */
  readonly alone: boolean;
  readonly concurrency: number;
  readonly ackWaitMs: number;
  readonly maxSegmentBytes: number;
  readonly watch: JournalWatch;
  /** Told of each delivery that a persona handled to its end. */
  readonly onHandled: (id: string) => void;
  /** Told when a power cut took commits of the store. */
  readonly onCommitsLost: () => void;
}

interface Running {
  readonly process: SimProcess;
  readonly intake: Intake;
  readonly stop: () => Promise<void>;
}

/** Ms a process gets to stop before it is killed. */
const STOP_MS = 600_000;

/** Ms that a machine needs from a power cut to the start of a process. */
const POWER_UP_MS = 15_000;

/** One machine with one disk, and the process of our system that runs on it, life after life. */
export class SimNode {
  readonly name: string;
  readonly disk: SimDisk;
  readonly link: NetworkLink;
  readonly #world: World;
  readonly #options: NodeOptions;
  readonly #now: () => Date;
  #process: SimProcess | undefined;
  #running: Running | undefined;
  #powersUpAt = 0;
  /** Lives so far. */
  lives = 0;
  /** Nobody starts it while it is off. */
  isOff = false;

  constructor(world: World, options: NodeOptions) {
    const skewMs = world.random.between(-1, 1) * world.faults.plan.clockSkewMs;
    this.name = options.name;
    this.#world = world;
    this.#options = options;
    this.#now = () => new Date(Math.floor(world.now + skewMs));
    this.disk = new SimDisk(world);
    this.link = new NetworkLink(world, this.#now);
  }

  /** Takes deliveries when it is up. */
  get accept(): ((delivery: Delivery) => ReturnType<Intake['accept']>) | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    return ({ headers, body }) =>
      running.process.run(() => running.intake.accept('github', headers, Buffer.from(body)));
  }

  get isUp(): boolean {
    return this.#running !== undefined;
  }

  /** Timers of the process that runs. */
  get timers(): number {
    return this.#process?.timers ?? 0;
  }

  owns(process: SimProcess): boolean {
    return this.#process === process;
  }

  /** Begins a life; what ends it early is handled as a supervisor would. */
  boot(): void {
    if (this.isOff || this.#process?.alive === true) return;
    if (this.#world.now < this.#powersUpAt) {
      this.#world.scheduler.after(this.#powersUpAt - this.#world.now, () => this.boot());
      return;
    }
    this.lives += 1;
    const process = new SimProcess(`${this.name}.${this.lives}`);
    this.#process = process;
    this.#world.note(process.name, 'boots');
    process
      .run(() => this.#start(process))
      .then(
        (running) => {
          this.#running = running;
          this.#world.note(process.name, 'is up');
        },
        (error: unknown) => this.#failedToStart(process, error),
      );
  }

  /** Ends this life at once; with the power, what was not synced is at risk. */
  crash(withPower: boolean): void {
    const process = this.#process;
    if (process === undefined) return;
    this.#world.count(withPower ? 'power cut' : 'crash');
    this.#world.note(process.name, withPower ? 'loses power' : 'is killed');
    this.#end(process);
    if (!withPower) return;
    this.disk.losePower();
    this.#powersUpAt = this.#world.now + POWER_UP_MS;
    if (!this.#options.alone) return;
    // A store that never syncs: the kernel wrote back what is older than a while, the rest is gone.
    const lost = this.#options.database.tables.forgetSince(this.#world.now - this.#world.random.spread(1, 60_000));
    this.#world.count('commit lost', lost);
    if (lost > 0) this.#options.onCommitsLost();
    this.#world.note(this.name, `${lost} commits of the store are gone`);
  }

  /** Stops gracefully; false when it had to be killed. */
  async stop(): Promise<boolean> {
    const running = this.#running;
    if (running === undefined) return true;
    this.#running = undefined;
    this.#world.note(running.process.name, 'stops');
    const stopped = await Promise.race([
      running.process.run(running.stop).then(() => true),
      this.#world.sleep(STOP_MS).then(() => false),
    ]);
    this.#end(running.process);
    return stopped;
  }

  #end(process: SimProcess): void {
    process.die();
    if (this.#process !== process) return;
    this.#process = undefined;
    this.#running = undefined;
  }

  async #start(process: SimProcess): Promise<Running> {
    const { database, alone, host, concurrency, ackWaitMs, maxSegmentBytes, watch, onHandled } = this.#options;
    const now = this.#now;
    const log = pino({ level: 'silent' });
    const metrics = new Registry();
    const store = database.connect(alone ? localLink(this.#world, now) : this.link);
    const opened = await openJournal({
      ...{ folder: '/journal', disk: this.disk, maxSegmentBytes, now },
      diskReserveBytes: 1 << 20,
    });
    const journal = watchJournal(opened, watch);
    const bus = createEmbeddedBus({ stream: store.stream, now, log, alone });
    const commands = createCommands(store);
    commands.register('github/comment', async ({ repo, pr, body }, { idempotencyKey = '' }) => ({
      externalId: await host.comment({ key: idempotencyKey, repo, pr, body }),
    }));
    const outbox = createOutbox({ store, bus, commands, now, log, metrics }, { alone });
    await subscribeConsumers({
      ...{ world: this.#world, store, bus, log, concurrency, ackWaitMs },
      onHandled,
      poke: outbox.poke,
    });
    await outbox.start();
    const settings = {
      webhookSecrets: { github: WEBHOOK_SECRET },
      databaseUrl: alone ? undefined : 'postgres://simulated',
      nats: undefined,
    };
    const intake = createIntake({ journal, bus, log, now, metrics, settings, commands });
    await intake.start();
    const stop = async (): Promise<void> => {
      await intake.stop();
      await outbox.stop();
      await bus.close();
      await journal.close();
    };
    return { process, intake, stop };
  }

  #failedToStart(process: SimProcess, thrown: unknown): void {
    const error = toContinuumError(thrown);
    this.#world.count('start fails');
    this.#world.note(process.name, `does not start: ${error.code} ${error.message}`);
    this.#end(process);
    if (error.code === 'JOURNAL_CORRUPT') {
      if (!this.disk.isDamaged) {
        this.#world.fail('a crash leaves a journal that opens', error.message);
        return;
      }
      this.#world.count('damage found at start');
      this.disk.repair();
    }
    this.#world.scheduler.after(this.#world.random.spread(500, 10_000), () => this.boot());
  }
}
