import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** `toServer` carries requests, `toClient` answers. */
export type Direction = 'toServer' | 'toClient';

/** Sees each piece of bytes before it passes; what it orders holds for that piece already. */
export type Follower = (connection: ProxiedConnection, direction: Direction, piece: Buffer) => void;

/** What the network does now, shared by all connections. */
export class Weather {
  paused = false;
  delayMs = 0;
  bytesPerSecond = Number.POSITIVE_INFINITY;
  readonly lost = new Set<Direction>();
  cutAfter: { readonly bytes: number; readonly direction: Direction } | undefined;
  readonly followers = new Set<Follower>();

  clear(): void {
    this.paused = false;
    this.delayMs = 0;
    this.bytesPerSecond = Number.POSITIVE_INFINITY;
    this.lost.clear();
    this.cutAfter = undefined;
  }
}

/** One connection through the proxy. */
export class ProxiedConnection {
  /** Counted from 1 in the order of arrival. */
  readonly number: number;
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #weather: Weather;
  readonly #passed = { toServer: 0, toClient: 0 };
  #frozen = false;
  #lostBytes = false;
  #ended = false;
  #changed = Promise.withResolvers<void>();

  constructor(number: number, client: Socket, upstream: Socket, weather: Weather) {
    this.number = number;
    this.#client = client;
    this.#upstream = upstream;
    this.#weather = weather;
    // Each error ends its own pump below; without a listener it would end the test.
    for (const socket of [client, upstream]) socket.on('error', () => {});
  }

  /** Bytes that passed. */
  get passed(): Readonly<Record<Direction, number>> {
    return this.#passed;
  }

  /** Resets both sides. */
  cut(): void {
    this.#ended = true;
    this.#client.resetAndDestroy();
    this.#upstream.resetAndDestroy();
    this.#wake();
  }

  /** Half-open, this one alone: nothing passes any more until `heal`. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Lets through what was held; a connection that lost bytes is reset, since no byte after a gap means anything. */
  heal(): void {
    this.#frozen = false;
    if (this.#lostBytes) this.cut();
    else this.#wake();
  }

  /** Carries bytes until both sides ended. */
  async run(): Promise<void> {
    await Promise.all([
      this.#carry('toServer', this.#client, this.#upstream),
      this.#carry('toClient', this.#upstream, this.#client),
    ]);
  }

  async #carry(direction: Direction, from: Socket, to: Socket): Promise<void> {
    try {
      for await (const piece of from.iterator({ destroyOnReturn: false })) await this.#pass(direction, piece, to);
      await this.#opened();
      to.end();
    } catch {
      // A side that is gone takes the other with it, but word of that passes no better than bytes do.
      await this.#opened();
      this.cut();
    }
  }

  async #pass(direction: Direction, piece: Buffer, to: Socket): Promise<void> {
    for (const follower of this.#weather.followers) follower(this, direction, piece);
    await this.#opened();
    await this.#slow(piece.byteLength);
    if (this.#ended) return;
    if (this.#weather.lost.has(direction)) {
      this.#lostBytes = true;
      return;
    }
    const kept = this.#cutHere(direction, piece);
    this.#passed[direction] += kept.byteLength;
    if (!to.write(kept)) await once(to, 'drain');
    if (kept.byteLength < piece.byteLength) {
      // Written bytes must arrive before the reset does.
      await sleep(20);
      this.cut();
    }
  }

  /** The part of a piece that still passes. */
  #cutHere(direction: Direction, piece: Buffer): Buffer {
    const order = this.#weather.cutAfter;
    if (order?.direction !== direction || this.#passed[direction] + piece.byteLength <= order.bytes) return piece;
    this.#weather.cutAfter = undefined;
    return piece.subarray(0, Math.max(0, order.bytes - this.#passed[direction]));
  }

  async #slow(bytes: number): Promise<void> {
    const ms = this.#weather.delayMs + (bytes / this.#weather.bytesPerSecond) * 1000;
    if (ms > 0) await sleep(ms);
  }

  /** Resolves when bytes may pass, or nobody waits for them any more. */
  async #opened(): Promise<void> {
    while ((this.#weather.paused || this.#frozen) && !this.#ended) await this.#changed.promise;
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
