import type { JournalEntry } from '@continuum/contract/ports/journal';
import type { HandOn } from './hand-on.ts';
import { type Insistence, insist, pause } from './insist.ts';
import { Progress } from './progress.ts';
import type { IntakeRuntime } from './runtime.ts';

/** Records handed on at the same time; the bus stores them one after the other anyway. */
const CONCURRENCY = 32;
/** Characters of bodies handed on at the same time. */
const MAX_CHARACTERS = 4 << 20;
/** While deliveries come in, records handed on between two pauses. */
const BUSY_BATCH = 4;
/** A pause lasts this many times what the batch before it took, at most `LONGEST_PAUSE_MS`. */
const PAUSE_FACTOR = 16;
const LONGEST_PAUSE_MS = 2_000;
/** How often a pause looks whether it is still needed, in ms. */
const LOOK_EVERY_MS = 50;

export interface PumpOptions {
  readonly runtime: Pick<IntakeRuntime, 'journal' | 'log'>;
  readonly handOn: HandOn;
  /** Ms of running after which what was handed on is durable where it went. */
  readonly settleMs: number;
  /** Told of each record that is read, before it is handed on. */
  readonly onRead: (id: string) => void;
  /** Told of each record that was handed on. */
  readonly onHandedOn: () => void;
  /** Are deliveries being taken in right now? They go first: their senders wait, what is durable does not. */
  readonly isBusy: () => boolean;
}

/** Hands journal records on in order, several at a time; a failure waits and tries again, nothing is skipped. */
export class Pump {
  readonly #options: PumpOptions;
  readonly #progress: Progress;
  readonly #stopping = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #insistence: Insistence;
  #characters = 0;
  /** Records that failed and wait: nothing new begins before they are through, so that order is kept. */
  #failing = 0;
  #started = 0;
  #readTo: string | undefined;
  #running: Promise<void> | undefined;
  #again = false;

  constructor(options: PumpOptions) {
    this.#options = options;
    const { handOn, runtime, settleMs } = options;
    this.#progress = new Progress({ ...runtime, settleMs });
    this.#insistence = {
      ...{ handOn, log: runtime.log, signal: this.#stopping.signal },
      onWaiting: (isWaiting) => {
        this.#failing += isWaiting ? 1 : -1;
      },
    };
  }

  /** Bytes of the journal that were not handed on since this start. */
  pendingBytes(): number {
    return this.#options.runtime.journal.pendingBytes(this.#progress.handedOn);
  }

  /** There is something new in the journal. */
  poke(): void {
    this.#again = true;
    if (this.#stopping.signal.aborted) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // A poke that came while the last read was ending would otherwise wait for the next one.
      if (this.#again) this.poke();
    });
  }

  /** Begins nothing new, waits for what was begun, and remembers how far it came. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all(this.#inFlight);
    await this.#progress.stop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (this.#again && !signal.aborted) {
      this.#again = false;
      try {
        await this.#drain(signal);
      } catch (error) {
        this.#options.runtime.log.error({ err: error }, 'the journal could not be read; tried again in a second');
        this.#again = true;
        await pause(1_000, signal);
      }
    }
  }

  async #drain(signal: AbortSignal): Promise<void> {
    for await (const entry of this.#options.runtime.journal.pending(this.#readTo)) {
      await this.#room(entry);
      if (signal.aborted) return;
      await this.#yield(signal);
      if (signal.aborted) return;
      this.#begin(entry);
      this.#readTo = entry.position;
    }
  }

  #begin({ position, record }: JournalEntry): void {
    this.#options.onRead(record.id);
    const done = this.#progress.begin(position);
    const { length } = record.body;
    this.#characters += length;
    this.#started += 1;
    const work = insist(record, this.#insistence).then((isDone) => {
      this.#inFlight.delete(work);
      this.#characters -= length;
      if (!isDone) return;
      done();
      this.#options.onHandedOn();
    });
    this.#inFlight.add(work);
  }

  async #room({ record }: JournalEntry): Promise<void> {
    const isFull = (): boolean =>
      this.#inFlight.size >= CONCURRENCY ||
      (this.#characters > 0 && this.#characters + record.body.length > MAX_CHARACTERS);
    while (isFull()) await Promise.race(this.#inFlight);
    while (this.#failing > 0 && this.#inFlight.size > 0) await Promise.race(this.#inFlight);
  }

  /** Leaves the processor to those who wait for an acknowledgement, in proportion to what handing on takes. */
  async #yield(signal: AbortSignal): Promise<void> {
    if (this.#started < BUSY_BATCH || !this.#options.isBusy()) return;
    this.#started = 0;
    const began = performance.now();
    await Promise.all(this.#inFlight);
    const now = performance.now();
    const until = now + Math.min((now - began) * PAUSE_FACTOR, LONGEST_PAUSE_MS);
    while (performance.now() < until && this.#options.isBusy() && !signal.aborted) await pause(LOOK_EVERY_MS, signal);
  }
}
