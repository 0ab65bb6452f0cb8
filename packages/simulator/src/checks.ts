import type { JournalRecord } from '@continuum/contract/ports/journal';
import type { SimCodeHost } from './network/code-host.ts';
import { type Delivery, HANDLED } from './network/deliveries.ts';
import { brokenAt } from './store/audit.ts';
import { backlog, deadLetters } from './store/stream.ts';
import type { Tables } from './store/tables.ts';
import { EXAMPLES, exampleKey, reviewKey } from './system/consumers.ts';
import type { World } from './world/world.ts';

/** What the checks look at, from outside of all processes. */
export interface Seen {
  readonly world: World;
  readonly tables: Tables;
  readonly host: SimCodeHost;
  /** The database keeps what it committed, power cut or not. */
  readonly isDurable: boolean;
  /** By the id of their record and event. */
  readonly deliveries: ReadonlyMap<string, Delivery>;
}

const isForSomebody = (event: string): boolean => HANDLED.some((name) => name === event);

/** A record that the journal serves is one that was sent, byte for byte. */
export function checkServed({ world, deliveries }: Seen, record: JournalRecord): void {
  const sent = deliveries.get(record.id);
  world.count('record served');
  if (sent !== undefined && record.body === sent.body.toString() && record.event === sent.event) return;
  world.fail('the journal serves what was sent', `${record.id} is not what was sent`);
}

/** The checkpoint never passes a record whose event is not stored. */
export function checkCheckpoint({ world, tables, deliveries }: Seen, ids: readonly string[]): void {
  world.count('checkpoint');
  for (const id of ids) {
    const sent = deliveries.get(id);
    if (sent === undefined || !isForSomebody(sent.event) || tables.events.get(id) !== undefined) continue;
    world.fail('the checkpoint follows the hand-over', `the checkpoint passes ${id}, which is not stored`);
  }
}

export interface OrderCheck {
  readonly onHandled: (id: string) => void;
  /** What was handled and is not known any more is handled again, from there on in order. */
  readonly onCommitsLost: () => void;
}

/** Nothing failed and one handler runs at a time: then events are handled in the order in which they were stored. */
export function orderCheck({ world, tables }: Seen, isOrdered: boolean): OrderCheck {
  let before = 0;
  return {
    onHandled(id) {
      const seq = tables.events.get(id)?.seq ?? before;
      if (!isOrdered) return;
      world.count('order of events checked');
      if (seq < before) world.fail('events keep their order', `${id} was handled after a later one`);
      before = seq;
    },
    onCommitsLost() {
      before = 0;
    },
  };
}

/** Does everything rest that was begun? What does not, in words. */
export function unfinished({ tables, deliveries, world }: Seen): string[] {
  const open = Object.entries(backlog(tables)).filter(([, count]) => count > 0);
  const effects = tables.outbox.all().filter(({ state }) => state === 'pending' || state === 'running');
  const lost = [...deliveries.values()].filter((sent) => sent.accepted && !isDone(sent, tables));
  if (world.violation !== undefined) return [];
  return [
    ...open.map(([consumer, count]) => `${count} deliveries of ${consumer}`),
    ...effects.map(({ key, state }) => `effect ${key} ${state}`),
    ...lost.map(({ key }) => `accepted ${key} not stored`),
  ];
}

const isDone = (sent: Delivery, tables: Tables): boolean =>
  !isForSomebody(sent.event) || tables.events.get(sent.key) !== undefined;

/** Everything that has to hold once the system rests. */
export function checkAtRest(seen: Seen): void {
  for (const sent of seen.deliveries.values()) checkDelivery(seen, sent);
  checkNothingElse(seen);
  checkDeadLetters(seen);
  checkExamples(seen);
  if (seen.isDurable) checkOrder(seen);
  checkAudit(seen);
}

/** Accepted: its event, its review and its comment are there. Not accepted: all of them or none. */
function checkDelivery({ world, tables, host }: Seen, sent: Delivery): void {
  const isStored = tables.events.get(sent.key) !== undefined;
  if (sent.kind === 'forged' && isStored) world.fail('only what is signed is taken', `${sent.key} is stored`);
  if (sent.accepted && isForSomebody(sent.event)) {
    world.count('accepted delivery checked');
    if (!isStored) world.fail('what was accepted is handled', `${sent.key} was answered 202 and is not stored`);
  }
  const isReviewed = tables.values.get(reviewKey(sent.id)) !== undefined;
  const mayBeReviewed = isStored && sent.kind !== 'poison';
  if (isReviewed !== mayBeReviewed) {
    world.fail('what was accepted is handled', `${sent.key}: stored ${isStored}, reviewed ${isReviewed}`);
  }
  if (isReviewed && tables.events.get(reviewKey(sent.id)) === undefined) {
    world.fail('what is committed is told', `the review of ${sent.key} is there and nobody was told`);
  }
  const comments = host.comments.filter(({ key }) => key === reviewKey(sent.id)).length;
  const expected = isReviewed && sent.kind !== 'unpostable' ? 1 : 0;
  if (comments !== expected) {
    world.fail('one comment per key', `${sent.key} has ${comments} comments instead of ${expected}`);
  }
}

/** Nothing was handled that was never sent. */
function checkNothingElse({ world, tables, host, deliveries }: Seen): void {
  const known = new Set([...deliveries.values()].flatMap(({ key, id }) => [key, reviewKey(id)]));
  for (const { event } of tables.events.all()) {
    if (!known.has(event.id)) world.fail('only what was sent is handled', `nobody sent ${event.id}`);
  }
  for (const { key } of host.comments) {
    if (!known.has(key)) world.fail('only what was sent is handled', `nobody asked for ${key}`);
  }
}

/** Only what can never work is a dead letter, and all of that is. */
function checkDeadLetters({ world, tables, deliveries }: Seen): void {
  const dead = new Map(deadLetters(tables).map((letter) => [letter.event.id as string, letter]));
  for (const [id, { consumer, error, deliveries: times }] of dead) {
    if (deliveries.get(id)?.kind === 'poison' && consumer === 'persona') continue;
    world.fail('dead letters are hopeless', `${id} of ${consumer} after ${times} deliveries: ${error}`);
  }
  for (const { key, state, error } of tables.outbox.all()) {
    const sent = [...deliveries.values()].find(({ id }) => reviewKey(id) === key);
    if ((state === 'dead') === (sent?.kind === 'unpostable')) continue;
    world.fail('dead letters are hopeless', `effect ${key} is ${state}: ${error}`);
  }
  for (const sent of deliveries.values()) {
    if (sent.kind !== 'poison' || tables.events.get(sent.key) === undefined || dead.has(sent.key)) continue;
    world.fail('dead letters are hopeless', `${sent.key} can never be handled and is no dead letter`);
  }
}

/** Each review was learned from once. */
function checkExamples({ world, tables }: Seen): void {
  const reviews = tables.events.all().filter(({ event }) => event.name === 'review:completed');
  const learned = reviews.filter(({ event }) => tables.values.get(exampleKey(event.id.slice('review:'.length))));
  const counted = Number(tables.values.get(EXAMPLES)?.value ?? 0);
  if (learned.length === reviews.length && counted === reviews.length) return;
  world.fail('each is learned from once', `${reviews.length} reviews, ${learned.length} examples, counted ${counted}`);
}

/** What is said on one pull request is said in the order in which it was decided. */
function checkOrder({ world, tables, host }: Seen): void {
  const decided = new Map(tables.outbox.all().map(({ key, seq }) => [key, seq]));
  for (const [pr, comments] of Map.groupBy(host.comments, (comment) => comment.pr)) {
    const order = comments.map(({ key }) => decided.get(key) ?? 0);
    if (order.length > 1) world.count('order of comments checked');
    if (order.every((seq, index) => index === 0 || seq > (order[index - 1] ?? 0))) continue;
    world.fail('comments keep their order', `on #${pr}: ${comments.map(({ key }) => key).join(', ')}`);
  }
}

/** Each comment on the code host has its entry in the audit, and the chain is whole. */
function checkAudit({ world, tables, host }: Seen): void {
  const broken = brokenAt(tables);
  if (broken !== undefined) world.fail('the audit is complete', `its chain breaks at ${broken}`);
  const done = tables.audit.all().filter(({ detail }) => new Map(Object.entries(detail)).get('outcome') !== 'failed');
  const audited = new Set(done.map(({ detail }) => new Map(Object.entries(detail)).get('key')));
  for (const { key } of host.comments) {
    if (!audited.has(key)) world.fail('the audit is complete', `the comment ${key} is not in it`);
  }
}
