/** A failure to inject into the API. */
export interface Fault {
  /** Any method when absent. */
  readonly method?: string;
  /** Tested against the path without its query. */
  readonly path: RegExp;
  /** Answered instead of the real answer; without it the connection is cut. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Body of the answer; the fake's own plain one when absent. */
  readonly body?: unknown;
  /** How many requests fail. Default 1. */
  readonly times?: number;
  /** Performs the request first, then fails: the caller cannot know that it happened. */
  readonly afterEffect?: boolean;
}

export interface Faults {
  add(fault: Fault): void;
  /** The fault that this request meets, used up by one. */
  take(method: string, path: string): Fault | undefined;
  clear(): void;
}

/** An empty list of faults; the oldest that matches is taken first. */
export function createFaults(): Faults {
  let waiting: { fault: Fault; left: number }[] = [];
  return {
    add: (fault) => {
      waiting.push({ fault, left: fault.times ?? 1 });
    },
    take: (method, path) => {
      const hit = waiting.find(
        ({ fault }) => (fault.method === undefined || fault.method === method) && fault.path.test(path),
      );
      if (hit === undefined) return undefined;
      hit.left -= 1;
      waiting = waiting.filter((entry) => entry.left > 0);
      return hit.fault;
    },
    clear: () => {
      waiting = [];
    },
  };
}
