import { ContinuumError } from '@continuum/contract/errors';
import { currentProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';

/** When our client gives a request up, in ms (webhooks/github/clients). */
const CLIENT_TIMEOUT_MS = 30_000;
/** After this GitHub ends a request itself (docs.github.com, "Troubleshooting the REST API", timeouts). */
const HOST_TIMEOUT_MS = 10_000;

export interface Comment {
  readonly key: string;
  readonly repo: string;
  readonly pr: number;
  readonly body: string;
}

function away(message: string, retryAfterMs?: number): ContinuumError {
  const retry = retryAfterMs === undefined ? { retryable: true } : { retryable: true, retryAfterMs };
  return new ContinuumError('CODE_HOST_UNAVAILABLE', message, retry);
}

/**
 * A code host without idempotency keys, like the real one: our client looks for its own marker, then creates. A request that
 * arrived is done whether or not the one who sent it still lives or waits; requests and answers get lost and are slow.
 * What it does not do is work on a request for longer than its own limit.
 */
export class SimCodeHost {
  readonly comments: Comment[] = [];
  readonly #world: World;
  readonly #refuses: (comment: Comment) => boolean;

  constructor(world: World, refuses: (comment: Comment) => boolean) {
    this.#world = world;
    this.#refuses = refuses;
  }

  /** What the adapter of the code host does: looks for the comment of this key, creates it when there is none. */
  async comment(comment: Comment): Promise<string> {
    const known = await this.#request(`list comments of ${comment.repo}#${comment.pr}`, () =>
      this.comments.findIndex(({ key }) => key === comment.key),
    );
    if (known !== -1) return `issue:${known}`;
    const created = await this.#request(`create comment ${comment.key}`, () => this.#create(comment));
    return `issue:${created}`;
  }

  #create(comment: Comment): number {
    if (this.#refuses(comment)) throw new ContinuumError('CODE_HOST_REJECTED', '422 Unprocessable Content');
    if (this.comments.some(({ key }) => key === comment.key)) {
      this.#world.fail('one comment per key', `the comment ${comment.key} was made twice`);
    }
    return this.comments.push(comment) - 1;
  }

  async #request<T>(what: string, effect: () => T): Promise<T> {
    const { random } = this.#world;
    const answer = Promise.withResolvers<T>();
    // The answer may come before the sender knows that it has sent.
    answer.promise.catch(() => undefined);
    await this.#world.call('host', `send ${what}`, random.spread(0.1, 2), () => this.#send(what, effect, answer));
    return answer.promise;
  }

  #send<T>(what: string, effect: () => T, answer: PromiseWithResolvers<T>): void {
    const { faults, random, scheduler } = this.#world;
    const { hostLoss, hostError, hostSlow } = faults.plan;
    const owner = currentProcess();
    const later = (ms: number, then: () => void): void =>
      void scheduler.after(ms, () => {
        if (owner?.alive !== false) then();
      });
    const giveUp = (why: string): void => {
      this.#world.count(`host: ${why}`);
      later(CLIENT_TIMEOUT_MS, () => answer.reject(away(`${why}, no answer within ${CLIENT_TIMEOUT_MS} ms`)));
    };
    if (faults.happens(hostLoss)) {
      giveUp('request lost');
      return;
    }
    if (faults.happens(hostError)) {
      this.#world.count('host: 5xx or 429');
      const error = random.chance(0.5)
        ? away('502 Bad Gateway')
        : away('429 Too Many Requests', random.spread(100, 60_000));
      later(random.spread(5, 500), () => answer.reject(error));
      return;
    }
    const travelMs = faults.happens(hostSlow) ? random.spread(500, HOST_TIMEOUT_MS) : random.spread(5, 500);
    const isAnswerLost = faults.happens(hostLoss);
    if (isAnswerLost) giveUp('answer lost');
    // Not bound to the life of the sender: what is on the wire arrives.
    scheduler.after(travelMs, () => this.#arrive(what, effect, isAnswerLost ? undefined : answer, later));
  }

  #arrive<T>(
    what: string,
    effect: () => T,
    answer: PromiseWithResolvers<T> | undefined,
    later: (ms: number, then: () => void) => void,
  ): void {
    this.#world.note('host', what);
    try {
      const value = effect();
      later(this.#world.random.spread(5, 500), () => answer?.resolve(value));
    } catch (error) {
      later(1, () => answer?.reject(error));
    }
  }
}
