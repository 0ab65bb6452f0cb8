import * as vscode from 'vscode';
import { type Client, ServerError } from './client.ts';
import { type LiveEvent, parseEvents } from './server-sent-events.ts';

export type ConnectionState = 'connecting' | 'online' | 'offline' | 'unauthorized';

const PATTERN = 'room:*,finding:*,scope:*,layer:*,learning:memory';
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/** The one live stream of the server: it says whether a server is there, and what happens on it. Never shows an error. */
export class Connection implements vscode.Disposable {
  readonly #client: Client;
  readonly #changed = new vscode.EventEmitter<ConnectionState>();
  readonly #heard = new vscode.EventEmitter<LiveEvent>();
  readonly onDidChange = this.#changed.event;
  readonly onEvent = this.#heard.event;
  #state: ConnectionState = 'connecting';
  #stop = new AbortController();
  #wake: () => void = () => {};
  #delay = FIRST_DELAY_MS;

  constructor(client: Client) {
    this.#client = client;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Follows the server until disposed, with longer and longer pauses while there is none. */
  async follow(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#listen(signal);
      if (!signal.aborted) await this.#pause();
    }
  }

  async #listen(signal: AbortSignal): Promise<void> {
    try {
      const stream = await this.#client.events(PATTERN, signal);
      this.#delay = FIRST_DELAY_MS;
      this.#become('online');
      for await (const event of parseEvents(stream)) this.#heard.fire(event);
      this.#become('offline');
    } catch (error) {
      this.note(error);
    }
  }

  #pause(): Promise<void> {
    const delay = this.#delay;
    this.#delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delay);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Takes notice of what a call threw; true when it says that there is no server, or that it does not let us in. */
  note(error: unknown): boolean {
    if (error instanceof ServerError && error.status < 500 && error.status !== 401) return false;
    this.#become(error instanceof ServerError && error.status === 401 ? 'unauthorized' : 'offline');
    return true;
  }

  /** Looks for the server now. */
  retry(): void {
    this.#delay = FIRST_DELAY_MS;
    if (this.#state !== 'online') this.#become('connecting');
    this.#wake();
  }

  #become(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#changed.fire(state);
  }

  dispose(): void {
    this.#stop.abort();
    this.#wake();
    this.#changed.dispose();
    this.#heard.dispose();
  }
}
