import type { Random } from './random.ts';

/** Where a process makes the calls at which it may die. */
export type Place = 'write' | 'disk' | 'store' | 'host';

/** Which faults a seed has, and how often: probabilities per call where nothing else is said. */
export interface FaultPlan {
  /** A process dies at this port call. */
  readonly crash: number;
  readonly crashAt: readonly Place[];
  readonly mostCrashes: number;
  /** Of the crashes, those that are followed by another soon after the restart. */
  readonly crashAgain: number;
  /** Of the crashes, those that take the power of the whole machine. */
  readonly powerCuts: number;
  readonly diskError: number;
  readonly shortWrite: number;
  readonly diskFull: boolean;
  readonly bitFlips: number;
  /** The connection to the store breaks, before or after the effect. */
  readonly storeBreaks: number;
  /** A process and the store do not see each other for a while. */
  readonly partitions: number;
  /** A delivery, or its answer, is lost on the way. */
  readonly deliveryLoss: number;
  readonly duplicates: number;
  readonly forgeries: number;
  /** A request to the code host, or its answer, is lost. */
  readonly hostLoss: number;
  /** The code host answers 5xx, or 429 with Retry-After. */
  readonly hostError: number;
  readonly hostSlow: number;
  readonly handlerError: number;
  readonly handlerSlow: number;
  readonly poison: number;
  /** Ms by which the clocks of processes differ at most. */
  readonly clockSkewMs: number;
}

type Rates = { -readonly [K in keyof FaultPlan]: FaultPlan[K] };

const NONE: FaultPlan = {
  ...{
    crash: 0,
    crashAt: [],
    crashAgain: 0,
    mostCrashes: 0,
    powerCuts: 0,
    diskError: 0,
    shortWrite: 0,
    diskFull: false,
    bitFlips: 0,
  },
  ...{ storeBreaks: 0, partitions: 0, deliveryLoss: 0, duplicates: 0, forgeries: 0, hostLoss: 0, hostError: 0 },
  ...{ hostSlow: 0, handlerError: 0, handlerSlow: 0, poison: 0, clockSkewMs: 0 },
};

type Kind = (plan: Rates, random: Random) => void;
type NumberOf = { [K in keyof FaultPlan]: FaultPlan[K] extends number ? K : never }[keyof FaultPlan];

const rate =
  (name: NumberOf, from: number, to: number): Kind =>
  (plan, random) => {
    plan[name] = random.spread(from, to);
  };

const count =
  (name: NumberOf, most: number): Kind =>
  (plan, random) => {
    plan[name] = 1 + random.below(most);
  };

const EVERYWHERE: readonly Place[] = ['write', 'disk', 'store', 'host'];

/** One kind of fault each: how a seed that has it sets its rates. */
const KINDS: readonly Kind[] = [
  (plan, random) => {
    plan.crashAt = random.pick([EVERYWHERE, EVERYWHERE, ['write'], ['write'], ['disk'], ['store'], ['host']]);
    // Writes and syncs are few, and what stands between them is what matters.
    plan.crash = plan.crashAt.includes('store') ? random.spread(0.0005, 0.02) : random.spread(0.01, 0.3);
    plan.crashAgain = random.pick([0, 0.3, 0.7]);
    plan.mostCrashes = 1 + random.below(8);
    plan.powerCuts = random.pick([0, 0.5, 1, 1]);
  },
  rate('diskError', 0.001, 0.1),
  rate('shortWrite', 0.01, 0.5),
  (plan) => {
    plan.diskFull = true;
  },
  count('bitFlips', 2),
  rate('storeBreaks', 0.002, 0.1),
  count('partitions', 3),
  rate('deliveryLoss', 0.02, 0.4),
  rate('duplicates', 0.05, 0.8),
  rate('forgeries', 0.02, 0.2),
  rate('hostLoss', 0.02, 0.4),
  rate('hostError', 0.02, 0.4),
  rate('hostSlow', 0.02, 0.4),
  rate('handlerError', 0.02, 0.3),
  rate('handlerSlow', 0.01, 0.05),
  rate('poison', 0.02, 0.2),
  rate('clockSkewMs', 10, 3_000),
];

/**
 * Swarm testing (Groce et al., ISSTA 2012): a seed leaves out most kinds of fault, since kinds that are always there hide
 * what one of them alone would show. One seed in sixteen has none.
 */
export function drawPlan(random: Random): FaultPlan {
  const plan: Rates = { ...NONE };
  if (random.chance(1 / 16)) return plan;
  const share = random.pick([0.15, 0.3, 0.5, 0.8]);
  for (const [index, kind] of KINDS.entries()) {
    // Crashes come first, in every respect.
    if (random.chance(index === 0 ? Math.max(share, 0.6) : share)) kind(plan, random);
  }
  return plan;
}

/** Does nothing make a delivery be offered again? */
export function isCalm(plan: FaultPlan): boolean {
  const { crash, bitFlips, storeBreaks, partitions, handlerError, handlerSlow } = plan;
  return [crash, bitFlips, storeBreaks, partitions, handlerError, handlerSlow].every((each) => each === 0);
}

/** The faults of a run while it lasts; once they are over, everything works and the system has to settle. */
export class Faults {
  readonly plan: FaultPlan;
  readonly #random: Random;
  #active = false;
  #crashes = 0;
  diskIsFull = false;

  constructor(plan: FaultPlan, random: Random) {
    this.plan = plan;
    this.#random = random;
  }

  get active(): boolean {
    return this.#active;
  }

  begin(): void {
    this.#active = true;
  }

  end(): void {
    this.#active = false;
    this.diskIsFull = false;
  }

  crashesHere(place: Place): boolean {
    if (!this.plan.crashAt.includes(place) || this.#crashes >= this.plan.mostCrashes || !this.happens(this.plan.crash))
      return false;
    this.#crashes += 1;
    return true;
  }

  /** Is this crash followed by another? */
  crashesAgain(): boolean {
    if (this.#crashes >= this.plan.mostCrashes || !this.happens(this.plan.crashAgain)) return false;
    this.#crashes += 1;
    return true;
  }

  diskFails(): boolean {
    return this.happens(this.plan.diskError);
  }

  writesShort(): boolean {
    return this.happens(this.plan.shortWrite);
  }

  /** Does a fault of this probability strike now? */
  happens(probability: number): boolean {
    return this.#active && this.#random.chance(probability);
  }
}
