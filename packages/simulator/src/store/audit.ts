import { createHash } from 'node:crypto';
import type { AuditEntry, AuditStore } from '@continuum/contract/ports/store';
import type { Statement } from './statement.ts';
import type { Tables } from './tables.ts';

const hashOf = (previous: string, entry: Omit<AuditEntry, 'hash'>): string =>
  createHash('sha256')
    .update(JSON.stringify([previous, entry]))
    .digest('hex');

/** The first entry that does not fit, if any. */
export function brokenAt(tables: Tables): number | undefined {
  let previous = { seq: 0, hash: '' };
  for (const { hash, ...entry } of tables.audit.all()) {
    if (entry.seq !== previous.seq + 1 || hash !== hashOf(previous.hash, entry)) return entry.seq;
    previous = { seq: entry.seq, hash };
  }
  return undefined;
}

/** The chain of the audit, over tables in memory. */
export function simAudit(statement: Statement): AuditStore {
  return {
    record: ({ actor, action, subject, detail }) =>
      statement(`audit ${action}`, (tables, now) => {
        const last = tables.audit.all().at(-1);
        const seq = (last?.seq ?? 0) + 1;
        const stored: Record<string, unknown> = JSON.parse(JSON.stringify(detail));
        const entry = { seq, at: now.toISOString(), actor, action, subject, detail: stored };
        tables.audit.set(String(seq), { ...entry, hash: hashOf(last?.hash ?? '', entry) });
      }),
    list: ({ limit = 100, beforeSeq = Number.POSITIVE_INFINITY } = {}) =>
      statement('list the audit', (tables) =>
        tables.audit
          .all()
          .filter((entry) => entry.seq < beforeSeq)
          .reverse()
          .slice(0, limit),
      ),
    verify: () => statement('verify the audit', brokenAt),
  };
}
