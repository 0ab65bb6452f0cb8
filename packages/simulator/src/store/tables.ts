import type { Envelope } from '@continuum/contract/event';
import type { AuditEntry, OutboxEntry } from '@continuum/contract/ports/store';

type Undo = () => void;

/** Rows by key that can take back what was done to them. */
export class Table<Row> {
  readonly #rows = new Map<string, Row>();
  readonly #log: (undo: Undo) => void;

  constructor(log: (undo: Undo) => void) {
    this.#log = log;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  /** In the order in which their keys came. */
  all(): Row[] {
    return [...this.#rows.values()];
  }

  keys(): string[] {
    return [...this.#rows.keys()];
  }

  set(key: string, row: Row): void {
    const before = this.#rows.get(key);
    this.#rows.set(key, row);
    this.#log(() => void (before === undefined ? this.#rows.delete(key) : this.#rows.set(key, before)));
  }

  delete(key: string): void {
    const before = this.#rows.get(key);
    if (before === undefined) return;
    this.#rows.delete(key);
    this.#log(() => void this.#rows.set(key, before));
  }
}

export interface EventRow {
  readonly seq: number;
  readonly event: Envelope;
}

export interface DeliveryRow {
  readonly consumer: string;
  readonly eventId: string;
  readonly seq: number;
  readonly state: 'waiting' | 'inflight' | 'dead';
  readonly deliveries: number;
  readonly dueAt: number;
  readonly error: string;
  readonly diedAt: string;
}

export interface OutboxRow extends Omit<OutboxEntry, 'dueAt'> {
  readonly seq: number;
  readonly dueAt: number;
  readonly doneAt?: number;
}

export interface ValueRow {
  readonly value: unknown;
  readonly expiresAt: number | undefined;
}

export interface LeaseRow {
  readonly name: string;
  readonly holder: string;
  readonly fence: number;
  readonly until: number;
}

interface Commit {
  readonly atMs: number;
  readonly undo: readonly Undo[];
}

/** The rows of a database, with its newest commits, so that they can be taken back. */
export class Tables {
  #undo: Undo[] = [];
  readonly #commits: Commit[] = [];
  readonly #keepMs: number;
  readonly #log = (undo: Undo): void => void this.#undo.push(undo);
  readonly events = new Table<EventRow>(this.#log);
  readonly consumers = new Table<string>(this.#log);
  readonly deliveries = new Table<DeliveryRow>(this.#log);
  readonly outbox = new Table<OutboxRow>(this.#log);
  readonly outboxKeys = new Table<string>(this.#log);
  readonly values = new Table<ValueRow>(this.#log);
  readonly leases = new Table<LeaseRow>(this.#log);
  readonly audit = new Table<AuditEntry>(this.#log);
  #sequence = 0;

  /** `keepMs`: how long a commit may still be lost to a power cut. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** A number above all before; like a sequence of PostgreSQL it is never given back. */
  next(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  commit(atMs: number): void {
    if (this.#undo.length > 0 && this.#keepMs > 0) this.#commits.push({ atMs, undo: this.#undo });
    this.#undo = [];
    while ((this.#commits[0]?.atMs ?? atMs) < atMs - this.#keepMs) this.#commits.shift();
  }

  rollback(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
    this.#undo = [];
  }

  /** Takes back every commit later than this. Returns how many. */
  forgetSince(atMs: number): number {
    let lost = 0;
    for (let last = this.#commits.at(-1); last !== undefined && last.atMs > atMs; last = this.#commits.at(-1)) {
      this.#commits.pop();
      for (const undo of last.undo.toReversed()) undo();
      lost += 1;
    }
    this.#undo = [];
    return lost;
  }
}
