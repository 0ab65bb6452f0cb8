import { ContinuumError } from '@continuum/contract/errors';
import type { Store } from '@continuum/contract/ports/store';
import { simAudit } from './audit.ts';
import { simOutbox } from './outbox.ts';
import type { Statement } from './statement.ts';
import { simStream } from './stream.ts';
import { Tables } from './tables.ts';
import { simLeases, simValues } from './values.ts';

/** What lies between a process and the database. */
export interface Link {
  /** The effect happens in one instant, some time from now, or an error says that perhaps it did not. */
  call<T>(what: string, effect: () => T): Promise<T>;
  /** The clock of the process. */
  now(): Date;
  /** The clock of the database. */
  clock(): Date;
  /** Called when the process is gone. */
  onDeath(clean: () => void): void;
}

const notYet = Symbol('a transaction of somebody else is open');

/**
 * A database in memory whose transactions run one after the other, which is serialisable. What is not in one waits until it
 * is over. A connection that is gone takes its transaction back.
 */
export class SimDatabase {
  readonly tables: Tables;
  #holder: symbol | undefined;
  #waiting: Array<() => void> = [];

  /** `keepMs`: how long a commit may still be lost in a power cut; 0 for a database that syncs each. */
  constructor(keepMs: number) {
    this.tables = new Tables(keepMs);
  }

  connect(link: Link): Store {
    const statement: Statement = (what, run) =>
      this.#whenFree(link, what, () => {
        const value = this.#run(link, run);
        this.tables.commit(link.clock().getTime());
        return value;
      });
    return { ...parts(statement, false), transaction: (work) => this.#transaction(link, work) };
  }

  async #transaction<T>(link: Link, work: (store: Store) => Promise<T>): Promise<T> {
    const connection = Symbol('connection');
    const failures: unknown[] = [];
    const release = (): void => this.#release(connection);
    link.onDeath(release);
    await this.#whenFree(link, 'begin', () => {
      this.#holder = connection;
    }).catch((error: unknown) => {
      release();
      throw error;
    });
    const statement: Statement = (what, run) =>
      link
        .call(what, () => {
          if (this.#holder === connection) return this.#run(link, run);
          throw new ContinuumError('INTERNAL', 'This transaction is over', { next: 'Await every write in it.' });
        })
        .catch((error: unknown) => {
          failures.push(error);
          throw error;
        });
    const joined: Store = { ...parts(statement, true), transaction: (inner) => inner(joined) };
    try {
      const result = await work(joined);
      if (failures.length > 0) throw failures[0];
      await link.call('commit', () => this.#commit(link, connection));
      return result;
    } finally {
      release();
    }
  }

  #run<T>(link: Link, run: (tables: Tables, now: Date, clock: Date) => T): T {
    return run(this.tables, link.now(), link.clock());
  }

  #commit(link: Link, connection: symbol): void {
    if (this.#holder !== connection) throw new ContinuumError('INTERNAL', 'This transaction is over');
    this.tables.commit(link.clock().getTime());
    this.#free();
  }

  /** Takes back what was not committed, if this connection still has a transaction. */
  #release(connection: symbol): void {
    if (this.#holder !== connection) return;
    this.tables.rollback();
    this.#free();
  }

  #free(): void {
    this.#holder = undefined;
    for (const go of this.#waiting.splice(0)) go();
  }

  async #whenFree<T>(link: Link, what: string, effect: () => T): Promise<T> {
    for (;;) {
      const value = await link.call(what, () => (this.#holder === undefined ? effect() : notYet));
      if (value !== notYet) return value;
      if (this.#holder !== undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

function parts(statement: Statement, inTransaction: boolean): Omit<Store, 'transaction'> {
  return {
    stream: simStream(statement),
    outbox: simOutbox(statement),
    audit: simAudit(statement),
    values: simValues(statement, inTransaction),
    leases: simLeases(statement),
    rooms: notModelled('rooms'),
    views: notModelled('views'),
    reviews: notModelled('reviews'),
    learning: notModelled('learning'),
    knowledge: notModelled('knowledge'),
    outcomes: () => refuse('outcomes'),
    writeSnapshot: () => refuse('snapshots'),
    lost: new AbortController().signal,
    ping: () => statement('ping', () => undefined),
    close: async () => undefined,
  };
}

function refuse(part: string): never {
  throw new Error(`${part} are no part of the simulation`);
}

/** A part of the store that the road of an event does not need. */
function notModelled<T extends object>(part: string): T {
  return new Proxy(Object.create(null), { get: () => refuse(part) });
}
