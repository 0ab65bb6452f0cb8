/** The longest that anybody lets others pass, in ms. */
const MOST_MS = 2;
/** The part of the time that a handler took which may be spent on letting others pass. */
const SHARE = 1 / 20;

/**
 * Work of which somebody waits for the end goes first. With a single connection to the store, the claims and acknowledgements
 * of a consumer that is far behind would stand in the way of everybody else's events; here they wait for a moment while an
 * event is on its way, and by so little of their own time that a backlog is worked off as fast as before.
 */
export class Courtesy {
  #urgent = 0;
  readonly #polite = new Set<() => void>();

  /** Work that others let pass. */
  async urgent<T>(work: () => Promise<T>): Promise<T> {
    this.#urgent += 1;
    try {
      return await work();
    } finally {
      this.#urgent -= 1;
      if (this.#urgent === 0) for (const goOn of this.#polite) goOn();
    }
  }

  /** Resolves when nothing urgent is on its way, or after a small part of the `handlerMs` that this caller took before. */
  async letPass(handlerMs: number): Promise<void> {
    const mostMs = Math.min(MOST_MS, handlerMs * SHARE);
    if (this.#urgent === 0 || mostMs < 1) return;
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        clearTimeout(timer);
        this.#polite.delete(goOn);
        resolve();
      };
      const timer = setTimeout(goOn, mostMs);
      this.#polite.add(goOn);
    });
  }
}
