import { createHmac } from 'node:crypto';
import type { FaultPlan } from '../faults.ts';
import type { Random } from '../random.ts';

/** GitHub events that somebody handles; named here, so that a seed stays the same run when another is handled. */
export const HANDLED = [
  'pull_request',
  'issue_comment',
  'pull_request_review_comment',
  'pull_request_review',
  'push',
] as const;

export const WEBHOOK_SECRET = 'the secret of the simulated webhook';

/**
 * What is special about a delivery: `poison` fails in its consumer for good, `unpostable` is refused by the code host,
 * `unhandled` is an event nobody handles, `forged` has a wrong signature.
 */
export type DeliveryKind = 'normal' | 'poison' | 'unpostable' | 'unhandled' | 'forged';

/** A delivery as the sender knows it. */
export interface Delivery {
  /** The sender's id. */
  readonly id: string;
  /** Id of the journal record and of the event. */
  readonly key: string;
  readonly kind: DeliveryKind;
  readonly event: string;
  readonly pr: number;
  readonly body: Buffer;
  readonly headers: Record<string, string>;
  /** Answered 202 at least once. */
  accepted: boolean;
}

/** Deliveries of a run, in the order in which they are first sent. */
export function drawDeliveries(count: number, plan: FaultPlan, random: Random): Delivery[] {
  return Array.from({ length: count }, (_, index) => drawDelivery(index, plan, random));
}

function drawDelivery(index: number, plan: FaultPlan, random: Random): Delivery {
  const kind = drawKind(plan, random);
  const id = `d${String(index).padStart(3, '0')}-${random.below(0xffff).toString(16)}`;
  const event = kind === 'unhandled' ? 'star' : random.pick(HANDLED);
  const pr = 1 + random.below(4);
  const filler = 'Zeichen, ✓ und 文字. '.repeat(random.below(random.chance(0.1) ? 400 : 30));
  const payload = { action: 'opened', number: pr, kind, repository: { full_name: 'acme/shop' }, filler };
  const body = Buffer.from(JSON.stringify(payload));
  return { id, key: `github:${id}`, kind, event, pr, body, headers: headersOf(id, event, body, kind), accepted: false };
}

function drawKind(plan: FaultPlan, random: Random): DeliveryKind {
  if (random.chance(plan.forgeries)) return 'forged';
  if (random.chance(plan.poison)) return random.pick(['poison', 'unpostable']);
  return random.chance(0.1) ? 'unhandled' : 'normal';
}

function headersOf(id: string, event: string, body: Buffer, kind: DeliveryKind): Record<string, string> {
  const secret = kind === 'forged' ? 'a guess' : WEBHOOK_SECRET;
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return { 'x-github-delivery': id, 'x-github-event': event, 'x-hub-signature-256': `sha256=${signature}` };
}
