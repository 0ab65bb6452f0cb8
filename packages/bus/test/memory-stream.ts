import { type Envelope, matchesPattern } from '@continuum/contract/event';
import type { ClaimedEvent, StreamStore } from '@continuum/contract/ports/store';

interface Delivery {
  readonly event: Envelope;
  state: 'waiting' | 'in flight' | 'dead';
  due: number;
  deliveries: number;
  error: string;
  at: string;
}

interface Registered {
  pattern: string;
  readonly deliveries: Map<string, Delivery>;
}

/** The stream part of the store, kept in memory: the bus's rules without a database. */
export class MemoryStream implements StreamStore {
  readonly #events = new Map<string, Envelope>();
  readonly #consumers = new Map<string, Registered>();

  async append(event: Envelope): Promise<boolean> {
    if (this.#events.has(event.id)) return false;
    this.#events.set(event.id, event);
    for (const { pattern, deliveries } of this.#consumers.values()) {
      if (!matchesPattern(pattern, event.name)) continue;
      deliveries.set(event.id, { event, state: 'waiting', due: 0, deliveries: 0, error: '', at: '' });
    }
    return true;
  }

  async ensureConsumer(name: string, pattern: string): Promise<void> {
    const known = this.#consumers.get(name);
    if (known === undefined) this.#consumers.set(name, { pattern, deliveries: new Map() });
    else known.pattern = pattern;
  }

  async claim(consumer: string, limit: number, now: Date, leaseMs: number): Promise<ClaimedEvent[]> {
    const due = this.#of(consumer).filter((each) => each.state !== 'dead' && each.due <= now.getTime());
    return due.slice(0, limit).map((each) => {
      each.state = 'in flight';
      each.due = now.getTime() + leaseMs;
      each.deliveries += 1;
      return { event: each.event, delivery: each.deliveries };
    });
  }

  async ack(consumer: string, id: string): Promise<void> {
    this.#consumers.get(consumer)?.deliveries.delete(id);
  }

  async retry(consumer: string, id: string, delivery: number, at: Date, error: string): Promise<boolean> {
    return this.#settle(consumer, id, delivery, { state: 'waiting', due: at.getTime(), error });
  }

  async bury(consumer: string, id: string, delivery: number, error: string): Promise<boolean> {
    return this.#settle(consumer, id, delivery, { state: 'dead', error, at: new Date().toISOString() });
  }

  async releaseAll(consumer: string): Promise<void> {
    for (const each of this.#of(consumer)) {
      if (each.state === 'in flight') Object.assign(each, { state: 'waiting', due: 0 });
    }
  }

  async deadLetters(limit: number): ReturnType<StreamStore['deadLetters']> {
    const all = [...this.#consumers.keys()].flatMap((consumer) =>
      this.#of(consumer).map((each) => ({ consumer, ...each })),
    );
    return all
      .filter((each) => each.state === 'dead')
      .toReversed()
      .slice(0, limit);
  }

  async revive(consumer: string, id: string): Promise<boolean> {
    if (this.#consumers.get(consumer)?.deliveries.get(id)?.state !== 'dead') return false;
    this.#change(consumer, id, { state: 'waiting', due: 0, deliveries: 0 });
    return true;
  }

  async backlog(): Promise<Record<string, number>> {
    const names = [...this.#consumers.keys()];
    const count = (name: string): number => this.#of(name).filter((each) => each.state !== 'dead').length;
    return Object.fromEntries(names.map((name) => [name, count(name)]));
  }

  async nextDue(consumer: string): Promise<Date | undefined> {
    const due = this.#of(consumer).flatMap((each) => (each.state === 'dead' ? [] : [each.due]));
    return due.length === 0 ? undefined : new Date(Math.min(...due));
  }

  async prune(): Promise<number> {
    return 0;
  }

  async recent(limit: number): Promise<Envelope[]> {
    return [...this.#events.values()].toReversed().slice(0, limit);
  }

  #of(consumer: string): Delivery[] {
    return [...(this.#consumers.get(consumer)?.deliveries.values() ?? [])];
  }

  #settle(consumer: string, id: string, delivery: number, change: Partial<Delivery>): boolean {
    const current = this.#consumers.get(consumer)?.deliveries.get(id);
    if (current?.state !== 'in flight' || current.deliveries !== delivery) return false;
    Object.assign(current, change);
    return true;
  }

  #change(consumer: string, id: string, change: Partial<Delivery>): void {
    const delivery = this.#consumers.get(consumer)?.deliveries.get(id);
    if (delivery !== undefined) Object.assign(delivery, change);
  }
}
