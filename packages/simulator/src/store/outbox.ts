import { newId } from '@continuum/contract/ids';
import type { OutboxEntry, OutboxFilter, OutboxStore } from '@continuum/contract/ports/store';
import type { Statement } from './statement.ts';
import type { OutboxRow, Tables } from './tables.ts';

const isOpen = (row: OutboxRow): boolean => row.state === 'pending' || row.state === 'running';

function isWanted(row: OutboxRow, { only, except }: OutboxFilter): boolean {
  return (only === undefined || only.includes(row.command)) && except?.includes(row.command) !== true;
}

function toEntry({ seq: _, doneAt: __, dueAt, ...row }: OutboxRow): OutboxEntry {
  return { ...row, dueAt: new Date(dueAt).toISOString() };
}

/** The fields that name the thread of an entry, as text; undefined when it names none. */
function threadOf(row: OutboxRow, fields: readonly string[]): string | undefined {
  const input = new Map(Object.entries(row.input ?? {}));
  const named = fields.map((field) => input.get(field));
  return named.length === 0 || named.includes(undefined) ? undefined : JSON.stringify(named);
}

/** Of each thread the oldest open entry only. */
function firstOfThreads(rows: readonly OutboxRow[], fields: readonly string[]): OutboxRow[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const thread = threadOf(row, fields);
    if (thread === undefined) return true;
    const isFirst = !seen.has(thread);
    seen.add(thread);
    return isFirst;
  });
}

function current(tables: Tables, id: string, attempt: number): OutboxRow | undefined {
  const row = tables.outbox.get(id);
  return row?.state === 'running' && row.attempts === attempt ? row : undefined;
}

function byKey(tables: Tables, key: string): OutboxEntry | undefined {
  const row = tables.outbox.get(tables.outboxKeys.get(key) ?? '');
  return row === undefined ? undefined : toEntry(row);
}

function claim(tables: Tables, limit: number, now: Date, leaseMs: number, filter: OutboxFilter): OutboxEntry[] {
  const open = tables.outbox.all().filter((row) => isOpen(row) && isWanted(row, filter));
  return firstOfThreads(
    open.sort((a, b) => a.seq - b.seq),
    filter.inOrderOf ?? [],
  )
    .filter((row) => row.dueAt <= now.getTime())
    .slice(0, limit)
    .map((row) => {
      const claimed = { ...row, state: 'running', attempts: row.attempts + 1, dueAt: now.getTime() + leaseMs } as const;
      tables.outbox.set(row.id, claimed);
      return toEntry(claimed);
    });
}

/** External effects waiting to happen, over tables in memory: the same rules as `packages/store`. */
export function simOutbox(statement: Statement): OutboxStore {
  return {
    enqueue: ({ key, command, input }) =>
      statement(`enqueue ${key}`, (tables, now) => {
        if (tables.outboxKeys.get(key) !== undefined) return false;
        const id = newId('out', now.getTime());
        const row = { id, key, command, input, state: 'pending', attempts: 0, at: now.toISOString() } as const;
        tables.outbox.set(id, { ...row, seq: tables.next(), dueAt: 0 });
        tables.outboxKeys.set(key, id);
        return true;
      }),
    claim: (limit, now, leaseMs, filter = {}) =>
      statement('claim from the outbox', (tables) => claim(tables, limit, now, leaseMs, filter)),
    complete: (id, result) =>
      statement(`complete ${id}`, (tables, now) => {
        const row = tables.outbox.get(id);
        const done = { state: 'done', result, error: undefined, doneAt: now.getTime() } as const;
        if (row !== undefined) tables.outbox.set(id, { ...row, ...done });
      }),
    retry: (id, attempt, at, error) =>
      statement(`retry ${id}`, (tables) => {
        const row = current(tables, id, attempt);
        if (row !== undefined) tables.outbox.set(id, { ...row, state: 'pending', dueAt: at.getTime(), error });
        return row !== undefined;
      }),
    bury: (id, attempt, error) =>
      statement(`bury ${id}`, (tables) => {
        const row = current(tables, id, attempt);
        if (row !== undefined) tables.outbox.set(id, { ...row, state: 'dead', error });
        return row !== undefined;
      }),
    byKey: (key) => statement(`outbox entry ${key}`, (tables) => byKey(tables, key)),
    list: (state, limit) =>
      statement(`list ${state}`, (tables) => {
        const rows = tables.outbox.all().filter((row) => row.state === state);
        return rows
          .sort((a, b) => b.seq - a.seq)
          .slice(0, limit)
          .map(toEntry);
      }),
    revive: (id) =>
      statement(`revive ${id}`, (tables) => {
        const row = tables.outbox.get(id);
        if (row?.state !== 'dead') return false;
        tables.outbox.set(id, { ...row, state: 'pending', attempts: 0, dueAt: 0 });
        return true;
      }),
    pending: () => statement('pending', (tables) => tables.outbox.all().filter(isOpen).length),
    counts: () =>
      statement('count the outbox', (tables) => {
        const counts = { pending: 0, running: 0, done: 0, dead: 0 };
        for (const { state } of tables.outbox.all()) counts[state] += 1;
        return counts;
      }),
    prune: (before) => statement('prune the outbox', (tables) => prune(tables, before)),
    releaseAll: (at) =>
      statement('release the outbox', (tables) => {
        for (const row of tables.outbox.all()) {
          if (row.state === 'running') tables.outbox.set(row.id, { ...row, state: 'pending', dueAt: at.getTime() });
        }
      }),
  };
}

function prune(tables: Tables, before: Date): number {
  const gone = tables.outbox.all().filter((row) => row.doneAt !== undefined && row.doneAt < before.getTime());
  for (const { id, key } of gone) {
    tables.outbox.delete(id);
    tables.outboxKeys.delete(key);
  }
  return gone.length;
}
