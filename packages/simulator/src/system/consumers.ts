import { ContinuumError } from '@continuum/contract/errors';
import { EventId, ReviewId } from '@continuum/contract/ids';
import type { AnyEnvelope, Bus } from '@continuum/contract/ports/bus';
import type { Store } from '@continuum/contract/ports/store';
import { OUTLASTS_AN_OUTAGE } from '@continuum/host/patience';
import { transactAndTell } from '@continuum/host/tell';
import type { Logger } from 'pino';
import type { World } from '../world/world.ts';

export interface ConsumerParts {
  readonly world: World;
  readonly store: Store;
  readonly bus: Bus;
  readonly log: Logger;
  /** Handlers in flight at once. */
  readonly concurrency: number;
  readonly ackWaitMs: number;
  /** Told of each delivery that was handled to its end, in this process. */
  readonly onHandled: (id: string) => void;
  /** The outbox has new work. */
  readonly poke: () => void;
}

/** What a persona keeps of its work. */
export const reviewKey = (deliveryId: string): string => `review:${deliveryId}`;
/** What the training keeps of an example. */
export const exampleKey = (reviewId: string): string => `example:${reviewId}`;
/** How many examples there are. */
export const EXAMPLES = 'examples';

/** A persona and the training, in small: shaped like ours, without what they think. */
export async function subscribeConsumers(parts: ConsumerParts): Promise<void> {
  const { bus, concurrency, ackWaitMs } = parts;
  const options = { ...OUTLASTS_AN_OUTAGE, concurrency, ackWaitMs };
  await bus.subscribe('webhook:github:*', (event) => review(parts, event), { ...options, durable: 'persona' });
  await bus.subscribe('review:completed', (event) => learn(parts, event), { ...options, durable: 'training' });
}

/** Stores a review, the comment about it and the word that it is there: in one transaction, once per delivery. */
async function review(parts: ConsumerParts, event: AnyEnvelope): Promise<void> {
  if (!event.name.startsWith('webhook:') || !('deliveryId' in event.payload)) return;
  const { deliveryId, payload } = event.payload;
  await think(parts, 'persona');
  if (payload.kind === 'poison') throw new ContinuumError('INVALID_INPUT', 'nobody can handle this');
  const pr = Number(payload.number);
  const key = reviewKey(deliveryId);
  await transactAndTell(parts, async (store, tell) => {
    await store.values.lock(key);
    if ((await store.values.get(key)) !== undefined) return;
    await store.values.set(key, { pr });
    const input = { repo: 'acme/shop', pr, body: `About ${deliveryId}` };
    await store.outbox.enqueue({ key, command: 'github/comment', input });
    const result = { reviewId: ReviewId.parse(deliveryId), repo: 'acme/shop', pr, posted: 1, withheld: 0, ms: 1 };
    await tell('review:completed', result, EventId.parse(key));
  });
  parts.poke();
  parts.onHandled(event.id);
}

/** Counts an example for each review, once. */
async function learn(parts: ConsumerParts, event: AnyEnvelope): Promise<void> {
  if (event.name !== 'review:completed') return;
  const key = exampleKey(event.payload.reviewId);
  await think(parts, 'training');
  await parts.store.transaction(async ({ values }) => {
    await values.lock(EXAMPLES);
    if ((await values.get(key)) !== undefined) return;
    await values.set(key, true);
    await values.set(EXAMPLES, Number((await values.get(EXAMPLES)) ?? 0) + 1);
  });
}

/** Takes its time, sometimes longer than it may, and sometimes fails. */
async function think({ world, ackWaitMs }: ConsumerParts, who: string): Promise<void> {
  const { faults, random } = world;
  const isSlow = faults.happens(faults.plan.handlerSlow);
  if (isSlow) world.count('handler slower than it may be');
  await world.sleep(isSlow ? ackWaitMs * random.between(0.9, 2) : random.spread(0.1, 400));
  if (!faults.happens(faults.plan.handlerError)) return;
  world.count(`handler of ${who} fails`);
  if (random.chance(0.5)) throw new Error('a failure that passes');
  throw new ContinuumError('MODEL_UNAVAILABLE', 'come back later', {
    retryable: true,
    retryAfterMs: random.spread(10, 9_000),
  });
}
