import type { Store } from '@continuum/contract/ports/store';
import { type Connection, type Context, type Driver, toDatabase } from './connection.ts';
import { auditStore } from './repository/audit.ts';
import { learningStore } from './repository/learning.ts';
import { outboxStore } from './repository/outbox.ts';
import { outcomes } from './repository/outcomes.ts';
import { reviewStore } from './repository/review.ts';
import { roomStore } from './repository/room.ts';
import { streamStore } from './repository/stream.ts';
import { keyValueStore } from './repository/values.ts';
import { surfaced } from './surface.ts';

type OutcomeFilter = Parameters<Store['outcomes']>[0];
type Repositories = Omit<Store, 'transaction' | 'ping' | 'close'>;

function repositories(context: Context): Repositories {
  return {
    stream: surfaced(streamStore(context)),
    rooms: surfaced(roomStore(context)),
    reviews: surfaced(reviewStore(context)),
    learning: surfaced(learningStore(context)),
    outbox: surfaced(outboxStore(context)),
    audit: surfaced(auditStore(context)),
    values: surfaced(keyValueStore(context)),
    outcomes: surfaced({ outcomes: (filter: OutcomeFilter) => outcomes(context, filter) }).outcomes,
  };
}

async function ping(connection: Connection): Promise<void> {
  await connection.query('select 1', []);
}

/** The store inside a running transaction: nested transactions join it, closing is the outer store's business. */
function joinedStore(connection: Connection, now: () => Date): Store {
  const db = toDatabase(connection);
  const store: Store = {
    ...repositories({ db, atomically: (work) => work(db), now }),
    transaction: (work) => work(store),
    ping: () => ping(connection),
    close: async () => {},
  };
  return store;
}

/** The store over a backend; the backend is migrated already. */
export function createStore(driver: Driver, now: () => Date): Store {
  return {
    ...repositories({
      db: toDatabase(driver),
      atomically: (work) => driver.transaction((connection) => work(toDatabase(connection))),
      now,
    }),
    transaction: (work) => driver.transaction((connection) => work(joinedStore(connection, now))),
    ping: () => ping(driver),
    close: () => driver.close(),
  };
}
