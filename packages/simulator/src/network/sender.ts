import type { IntakeAnswer } from '@continuum/daemon-intake/refusals';
import type { World } from '../world/world.ts';
import type { Delivery } from './deliveries.ts';

/** How long a sender waits for an answer, in ms (GitHub: 10 s). */
const TIMEOUT_MS = 10_000;
/** Deliveries are asked for again for this long; after that a sender has forgotten them. */
const KEPT_MS = 72 * 3_600_000;

/** Whoever takes deliveries now: undefined when nobody listens. */
export type Door = () => ((delivery: Delivery) => Promise<IntakeAnswer>) | undefined;

/** GitHub: sends each delivery, again when it got no 202, and now and then once more although it did. */
export class Sender {
  readonly #world: World;
  readonly #door: Door;
  /** First sendings and redeliveries that still run. */
  open = 0;
  /** Nobody asks for anything before this, in ms of the virtual clock. */
  restsUntil = 0;

  constructor(world: World, door: Door) {
    this.#world = world;
    this.#door = door;
  }

  /** Sends until it is accepted: an operator, or reconciliation, asks for what was missed. */
  async send(delivery: Delivery): Promise<void> {
    const { random, faults } = this.#world;
    const begun = this.#world.now;
    this.open += 1;
    while (!(await this.#attempt(delivery)) && this.#world.now - begun < KEPT_MS) {
      await this.#world.sleep(Math.max(random.spread(1_000, 60_000), this.restsUntil - this.#world.now));
    }
    this.open -= 1;
    if (faults.happens(faults.plan.duplicates)) {
      this.#world.count('duplicate delivery');
      this.#world.scheduler.after(random.spread(1, 120_000), () => void this.again(delivery));
    }
  }

  /** Sends once more, whatever the sender knows. */
  async again(delivery: Delivery): Promise<void> {
    this.#world.note('github', `sends ${delivery.id} once more`);
    await this.#attempt(delivery);
  }

  /** True when nothing is left to do for this delivery. */
  async #attempt(delivery: Delivery): Promise<boolean> {
    const { faults, random } = this.#world;
    await this.#world.sleep(random.spread(1, 300));
    const accept = this.#door();
    if (accept === undefined) {
      this.#world.count('delivery refused: nobody listens');
      return false;
    }
    this.#world.note('github', `delivers ${delivery.id}`);
    if (faults.happens(faults.plan.deliveryLoss)) {
      this.#world.count('delivery lost');
      await this.#world.sleep(TIMEOUT_MS);
      return false;
    }
    const answer = await this.#inTime(accept(delivery));
    if (answer === undefined) return false;
    if (faults.happens(faults.plan.deliveryLoss)) {
      this.#world.count('answer to a delivery lost');
      return false;
    }
    return this.#read(delivery, answer);
  }

  #inTime(answering: Promise<IntakeAnswer>): Promise<IntakeAnswer | undefined> {
    return new Promise((resolve) => {
      this.#world.scheduler.after(TIMEOUT_MS, () => resolve(undefined));
      answering.then((answer) => this.#world.scheduler.after(this.#world.random.spread(1, 300), () => resolve(answer)));
    });
  }

  #read(delivery: Delivery, answer: IntakeAnswer): boolean {
    this.#world.note('github', `${delivery.id} is answered ${answer.status}`);
    if (delivery.kind === 'forged') {
      if (answer.status === 401) return true;
      this.#world.fail('only what is signed is taken', `the forged ${delivery.id} was answered ${answer.status}`);
      return true;
    }
    if (answer.status === 202) {
      delivery.accepted = true;
      return true;
    }
    if (answer.status < 500)
      this.#world.fail('what is signed is taken', `${delivery.id} was answered ${answer.status}`);
    this.#world.count(`delivery answered ${answer.status}`);
    return false;
  }
}
