import { createHash } from 'node:crypto';
import type { AuditEntry, AuditStore } from '@continuum/contract/ports/store';
import { asc, desc, gt, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { toJsonText } from '../clean.ts';
import type { Context, Database } from '../connection.ts';
import { pageSize } from '../rows.ts';
import { audit, auditHead } from '../schema/operations.ts';

/** Advisory lock of the chain: two processes on PostgreSQL must not append to the same end. */
const CHAIN_LOCK = 7_283_001;
const BATCH = 1000;
type Head = Pick<AuditEntry, 'seq' | 'hash'>;
const GENESIS: Head = { seq: 0, hash: '' };
const Entry = z.object({
  ...{ seq: z.number().int(), at: z.string(), actor: z.string(), action: z.string(), subject: z.string() },
  detail: z.record(z.string(), z.unknown()),
});

/** JSON with sorted keys: jsonb does not keep their order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${parts.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join(',')}}`;
}

function hashOf(previous: string, entry: Omit<AuditEntry, 'hash'>): string {
  const { seq, at, actor, action, subject, detail } = entry;
  return createHash('sha256')
    .update(canonical([previous, seq, at, actor, action, subject, detail]))
    .digest('hex');
}

async function readHead(db: Database): Promise<Head> {
  const [row] = await db.select({ seq: auditHead.seq, hash: auditHead.hash }).from(auditHead);
  return row ?? GENESIS;
}

async function record(db: Database, entry: Parameters<AuditStore['record']>[0], at: string): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(${CHAIN_LOCK})`);
  const head = await readHead(db);
  // Hash what the row will hold after the text was made storable.
  const row = Entry.parse(JSON.parse(toJsonText({ ...entry, seq: head.seq + 1, at })));
  const hash = hashOf(head.hash, row);
  await db.insert(audit).values({ ...row, hash });
  const end = { seq: row.seq, hash };
  await db
    .insert(auditHead)
    .values({ id: 1, ...end })
    .onConflictDoUpdate({ target: auditHead.id, set: end });
}

async function verify(db: Database): Promise<number | undefined> {
  // The head first: entries recorded meanwhile come after it.
  const head = await readHead(db);
  let previous = GENESIS;
  for (;;) {
    const rows = await db.select().from(audit).where(gt(audit.seq, previous.seq)).orderBy(asc(audit.seq)).limit(BATCH);
    for (const row of rows) {
      if (row.seq !== previous.seq + 1 || row.hash !== hashOf(previous.hash, row)) return row.seq;
      previous = row;
    }
    if (rows.length < BATCH) return previous.seq < head.seq ? previous.seq + 1 : undefined;
  }
}

/** Who did what: a hash chain, so that a changed or removed entry shows. */
export function auditStore({ db, atomically, now }: Context): AuditStore {
  return {
    record: (entry) => atomically((tx) => record(tx, entry, now().toISOString())),
    list: (page) =>
      db
        .select()
        .from(audit)
        .where(page?.beforeSeq === undefined ? undefined : lt(audit.seq, page.beforeSeq))
        .orderBy(desc(audit.seq))
        .limit(pageSize(page?.limit)),
    verify: () => verify(db),
  };
}
