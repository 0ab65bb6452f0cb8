import { ContinuumError } from '@continuum/contract/errors';
import type { Store } from '@continuum/contract/ports/store';
import { type Connection, type Context, type Driver, toDatabase } from './connection.ts';
import { createGate } from './gate.ts';
import { keyLock, noLock } from './lock.ts';
import { auditStore } from './repository/audit.ts';
import { knowledgeStore } from './repository/knowledge.ts';
import { learningStore } from './repository/learning.ts';
import { leaseStore } from './repository/leases.ts';
import { outboxStore } from './repository/outbox.ts';
import { outcomes } from './repository/outcomes.ts';
import { reviewStore } from './repository/review.ts';
import { roomStore } from './repository/room.ts';
import { streamStore } from './repository/stream.ts';
import { keyValueStore } from './repository/values.ts';
import { viewStore } from './repository/view.ts';
import { writeSnapshot } from './snapshot/write.ts';
import { type Admit, surfaced } from './surface.ts';

type Repositories = Omit<Store, 'transaction' | 'writeSnapshot' | 'lost' | 'close'>;

function repositories(connection: Connection, context: Context, admit: Admit): Repositories {
  const own = {
    outcomes: (filter: Parameters<Store['outcomes']>[0]) => outcomes(context, filter),
    ping: async () => void (await connection.query('select 1', [])),
  };
  return {
    stream: surfaced(streamStore(context), admit),
    rooms: surfaced(roomStore(context), admit),
    views: surfaced(viewStore(context), admit),
    reviews: surfaced(reviewStore(context), admit),
    learning: surfaced(learningStore(context), admit),
    knowledge: surfaced(knowledgeStore(context), admit),
    outbox: surfaced(outboxStore(context), admit),
    audit: surfaced(auditStore(context), admit),
    values: surfaced(keyValueStore(context), admit),
    leases: surfaced(leaseStore(context), admit),
    outcomes: (filter) => surfaced(own, admit).outcomes(filter),
    ping: () => surfaced(own, admit).ping(),
  };
}

const NEVER = new AbortController().signal;

/** A snapshot has a moment of its own. Throws INTERNAL. */
async function noSnapshot(): Promise<never> {
  throw new ContinuumError('INTERNAL', 'A snapshot is not part of a transaction', {
    next: 'Write it with the outer store.',
  });
}

/** The store inside a running transaction: nested transactions join it, closing is the outer store's business. */
function joinedStore(connection: Connection, single: boolean, now: () => Date): Store {
  const db = toDatabase(connection);
  const context: Context = {
    ...{ connection, db, now, shared: false },
    atomically: (work) => work(db),
    reclaim: async () => {},
    lock: keyLock(connection, single),
  };
  const store: Store = {
    ...repositories(connection, context, (call) => call()),
    transaction: (work) => work(store),
    writeSnapshot: noSnapshot,
    lost: NEVER,
    close: async () => {},
  };
  return store;
}

/** The store over a backend that is migrated already. */
export function createStore(driver: Driver, now: () => Date): Store {
  const gate = createGate(() => driver.close());
  const context: Context = {
    connection: driver,
    db: toDatabase(driver),
    shared: true,
    atomically: (work) => driver.transaction((connection) => work(toDatabase(connection))),
    async reclaim(table) {
      if (driver.single) await driver.query(`vacuum ${table}`, []);
    },
    lock: noLock,
    now,
  };
  return {
    ...repositories(driver, context, gate.admit),
    transaction: (work) =>
      gate.admit(() => driver.transaction((connection) => work(joinedStore(connection, driver.single, now)))),
    lost: driver.lost ?? NEVER,
    writeSnapshot: (file) => gate.admit(() => writeSnapshot(driver, file)),
    close: () => gate.close(),
  };
}
