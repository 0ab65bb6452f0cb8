import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<SimProcess>();

/** The process whose code runs now; undefined for the world outside. */
export function currentProcess(): SimProcess | undefined {
  return current.getStore();
}

/** One life of one process: once it is over, nothing that it waited for happens any more. */
export class SimProcess {
  readonly name: string;
  /** Timers that run. */
  timers = 0;
  #alive = true;
  readonly #onDeath: Array<() => void> = [];

  constructor(name: string) {
    this.name = name;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Runs work as this process; what it awaits, and its timers, belong to the process. */
  run<T>(work: () => T): T {
    return current.run(this, work);
  }

  /** What the kernel does for a process that is gone: closes its connections, frees its locks. */
  onDeath(clean: () => void): void {
    this.#onDeath.push(clean);
  }

  die(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const clean of this.#onDeath.splice(0)) clean();
  }
}
