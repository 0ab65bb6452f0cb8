import type { Connection } from '../connection.ts';

/** How much log a start after a crash has to replay at most, in bytes; more often costs more writing. */
const MAX_LOG_BYTES = 32 * 2 ** 20;
const INTERVAL_MS = 1_000;

export interface Checkpoints {
  /** Something may have been written. */
  touch(): void;
  /** No checkpoints while this work goes on. */
  without<T>(work: () => Promise<T>): Promise<T>;
  stop(): void;
}

/**
 * Checkpoints as the log grows. PostgreSQL has a process of its own for that; PGlite is a single one and never does it by
 * itself, so its log would grow for as long as it runs, and a start after a crash would replay all of it.
 * `alone` runs its work between transactions, on this connection.
 */
export function keepLogShort(
  connection: Connection,
  checkpoint: () => Promise<unknown>,
  alone: (work: () => Promise<void>) => Promise<void>,
): Checkpoints {
  let timer: NodeJS.Timeout | undefined;
  let held = 0;
  const checkpointIfLong = async (): Promise<void> => {
    const [row] = await connection.query(
      `select (pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn) > ${MAX_LOG_BYTES})::text from pg_control_checkpoint()`,
      [],
    );
    if (row?.[0] === 'true' && held === 0) await checkpoint();
  };
  const look = async (): Promise<void> => {
    // A closed store needs none, and one that cannot write says so where something is to be stored.
    if (held === 0) await alone(checkpointIfLong).catch(() => undefined);
    timer = undefined;
  };
  return {
    touch: () => {
      timer ??= setTimeout(look, INTERVAL_MS).unref();
    },
    async without(work) {
      held += 1;
      try {
        return await work();
      } finally {
        held -= 1;
      }
    },
    stop: () => clearTimeout(timer),
  };
}
