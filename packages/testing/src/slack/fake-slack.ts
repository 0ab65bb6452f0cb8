import type { Fault } from '../faults.ts';
import type { ApiRequest } from './api.ts';
import type { FakeHome, FakeModal } from './blocks.ts';
import type { FakeSlackDelivery } from './deliveries.ts';
import type { StoredMessage } from './state.ts';

export interface FakeSlackOptions {
  /** Default 0: any free port of 127.0.0.1. */
  readonly port?: number;
}

/** A Slack workspace. What people do is a method; what the system does goes through the Web API. */
export interface FakeSlack {
  /** For `SLACK_API_URL`. */
  readonly url: string;
  /** For `SLACK_BOT_TOKEN`, `SLACK_APP_TOKEN` and `SLACK_SIGNING_SECRET`. */
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  /** User id of our bot. */
  readonly bot: string;
  /** Request URL of the app, the same for events, interactivity and slash commands; undefined for none. */
  setWebhook(url: string | undefined): void;
  createChannel(name: string, options?: { readonly member?: boolean }): string;
  archive(channel: string): void;
  addUser(name: string, email?: string): string;
  renameUser(user: string, name: string): void;
  /** They left: nobody knows them any more. */
  removeUser(user: string): void;
  /** Somebody writes mrkdwn, or another app does. Resolves with the ts when the event was answered. */
  say(
    channel: string,
    user: string,
    text: string,
    options?: { readonly thread?: string; readonly bot?: string },
  ): Promise<string>;
  edit(channel: string, ts: string, text: string): Promise<void>;
  remove(channel: string, ts: string): Promise<void>;
  react(channel: string, ts: string, user: string, emoji: string): Promise<void>;
  unreact(channel: string, ts: string, user: string, emoji: string): Promise<void>;
  /** Clicks the button of that label; resolves with the trigger id when the click was answered. */
  click(channel: string, ts: string, user: string, label: string): Promise<string>;
  /** Fills the one field of the form that is open in front of them, and sends it. */
  submit(user: string, words: string): Promise<void>;
  /** Types `/continuum <text>`; resolves with what they read at once. */
  command(channel: string, user: string, text: string): Promise<string>;
  openHome(user: string): Promise<void>;
  /** What stands in a channel now, oldest first. */
  messages(channel: string): readonly StoredMessage[];
  homeOf(user: string): FakeHome | undefined;
  /** The form in front of somebody. */
  viewOf(user: string): FakeModal | undefined;
  readonly deliveries: readonly FakeSlackDelivery[];
  /** The same bytes once more. */
  redeliver(delivery: FakeSlackDelivery): Promise<FakeSlackDelivery | undefined>;
  /** The next deliveries arrive, but the sender sees a timeout. */
  loseAnswers(count: number): void;
  /** What happens from now on happened at that time. */
  setClock(clock: () => Date): void;
  /** Every API request, oldest first. */
  readonly requests: readonly ApiRequest[];
  /** `path` is tested against `/api/<method>`. */
  failNext(fault: Fault): void;
  clearFaults(): void;
  /** Clients that are connected over Socket Mode. */
  sockets(): number;
  disconnectSockets(rudely?: boolean): void;
  /** Resolves when everything was sent. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}
