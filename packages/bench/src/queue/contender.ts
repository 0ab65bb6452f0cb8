/** A durable queue under test. */
export interface Contender {
  readonly name: string;
  /** Puts one job in line; resolves when it is durable. */
  enqueue(): Promise<unknown>;
  /** Works on `count` waiting jobs, `concurrency` at a time, with a handler that does nothing. Absent where nobody consumes. */
  readonly consume?: (count: number, concurrency: number) => Promise<void>;
  close(): Promise<void>;
}

/** Jobs per second when `inFlight` callers put `count` jobs in line, each its next one when the last is durable. */
export async function enqueueRate(contender: Contender, count: number, inFlight: number): Promise<number> {
  let left = count;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await contender.enqueue();
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, caller));
  return (1000 * count) / (performance.now() - start);
}

/** Counts what handlers did, and says when it is enough. */
export function countdown(count: number): { readonly done: Promise<void>; readonly handle: () => Promise<void> } {
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let left = count;
  const handle = async (): Promise<void> => {
    left -= 1;
    if (left === 0) resolve();
  };
  return { done, handle };
}
