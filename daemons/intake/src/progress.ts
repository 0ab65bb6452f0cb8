import type { Journal } from '@continuum/contract/ports/journal';
import type { IntakeRuntime } from './runtime.ts';

/** Between two checkpoints, in ms. */
const CHECKPOINT_MS = 100;

interface Step {
  readonly position: string;
  done: boolean;
}

/** Everything up to a position was handed on at this moment; times in ms of `performance.now`. */
interface Reached {
  readonly position: string;
  readonly at: number;
  /** When the first of those was that share this entry. */
  readonly began: number;
}

export interface ProgressOptions {
  readonly journal: Pick<Journal, 'checkpoint'>;
  readonly log: IntakeRuntime['log'];
  /** Ms of running after which what was handed on is durable where it went: only then it is checkpointed. */
  readonly settleMs: number;
}

/**
 * Follows records that are handed on at the same time, and checkpoints up to the first that is not done, once that is
 * settled. What is not checkpointed is offered again after the next start, however late that is: ids make it single.
 */
export class Progress {
  readonly #options: ProgressOptions;
  #steps: Step[] = [];
  /** Not settled yet, oldest first; what comes within `CHECKPOINT_MS` shares an entry. */
  #settling: Reached[] = [];
  #unsaved: string | undefined;
  #handedOn: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** Everything up to here was handed on since this start; undefined when nothing was. */
  get handedOn(): string | undefined {
    return this.#handedOn;
  }

  /** Begins a record, in the order of the journal; call the answer when it is handed on. */
  begin(position: string): () => void {
    const step: Step = { position, done: false };
    this.#steps.push(step);
    return () => {
      step.done = true;
      this.#advance();
    };
  }

  /** Resolves when everything that is settled is checkpointed, or could not be. */
  stop(): Promise<void> {
    this.#isStopped = true;
    return this.#checkpoint();
  }

  async #checkpoint(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#saving = this.#saving.then(() => this.#save());
    await this.#saving;
  }

  #advance(): void {
    const open = this.#steps.findIndex((step) => !step.done);
    const done = this.#steps.splice(0, open === -1 ? this.#steps.length : open);
    const last = done.at(-1);
    if (last === undefined) return;
    this.#handedOn = last.position;
    this.#reach(last.position, performance.now());
    this.#arm();
  }

  #reach(position: string, at: number): void {
    const last = this.#settling.at(-1);
    const isNear = last !== undefined && at - last.began < CHECKPOINT_MS;
    if (isNear) this.#settling.pop();
    this.#settling.push({ position, at, began: isNear ? last.began : at });
  }

  #arm(): void {
    const [oldest] = this.#settling;
    if (oldest === undefined) return;
    const settlesIn = oldest.at + this.#options.settleMs - performance.now();
    this.#timer ??= setTimeout(() => void this.#checkpoint(), Math.max(CHECKPOINT_MS, settlesIn));
  }

  async #save(): Promise<void> {
    const { journal, log, settleMs } = this.#options;
    const limit = performance.now() - settleMs;
    const open = this.#settling.findIndex(({ at }) => at > limit);
    const settled = this.#settling.splice(0, open === -1 ? this.#settling.length : open);
    this.#unsaved = settled.at(-1)?.position ?? this.#unsaved;
    const position = this.#unsaved;
    if (position === undefined) return;
    try {
      await journal.checkpoint(position);
      if (this.#unsaved === position) this.#unsaved = undefined;
    } catch (error) {
      log.error({ err: error }, 'the checkpoint of the journal could not be written; tried again with the next');
    }
    if (!this.#isStopped) this.#arm();
  }
}
