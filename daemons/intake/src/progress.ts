import type { Journal } from '@continuum/contract/ports/journal';
import type { IntakeRuntime } from './runtime.ts';

/** Between two checkpoints, in ms: what a crash makes offer again, known by its ids. */
const CHECKPOINT_MS = 100;

interface Step {
  readonly position: string;
  done: boolean;
}

/** Follows records that are handed on at the same time, and checkpoints up to the first that is not done. */
export class Progress {
  readonly #journal: Pick<Journal, 'checkpoint'>;
  readonly #log: IntakeRuntime['log'];
  #steps: Step[] = [];
  #reached: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(journal: Pick<Journal, 'checkpoint'>, log: IntakeRuntime['log']) {
    this.#journal = journal;
    this.#log = log;
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

  /** Resolves when everything that is done is checkpointed, or could not be: then the next call tries again. */
  async save(): Promise<void> {
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
    this.#reached = last.position;
    this.#timer ??= setTimeout(() => void this.save(), CHECKPOINT_MS);
  }

  async #save(): Promise<void> {
    const position = this.#reached;
    if (position === undefined) return;
    try {
      await this.#journal.checkpoint(position);
      if (this.#reached === position) this.#reached = undefined;
    } catch (error) {
      this.#log.error({ err: error }, 'the checkpoint of the journal could not be written; tried again with the next');
    }
  }
}
