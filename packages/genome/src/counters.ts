import type { ScopeId } from '@continuum/contract/ids';
import type { KeyValueStore } from '@continuum/contract/ports/store';
import { z } from 'zod';

/** What waits for the next training of a scope (LORA-3): conversations for the memory channel, pairs for the reward channel. */
const ScopeCounter = z.object({
  examples: z.number().int().nonnegative(),
  pairs: z.number().int().nonnegative(),
});
export type ScopeCounter = z.infer<typeof ScopeCounter>;

export const ZERO: ScopeCounter = { examples: 0, pairs: 0 };

/** Examples of a scope since its last training. */
export async function readCounter(values: KeyValueStore, scope: ScopeId): Promise<ScopeCounter> {
  return ScopeCounter.safeParse(await values.get(counterKey(scope))).data ?? ZERO;
}

/** Adds to a scope's counter, or takes off; it never falls below zero. Inside a transaction: additions follow each other. */
export async function addToCounter(values: KeyValueStore, scope: ScopeId, change: ScopeCounterChange): Promise<void> {
  await values.lock(counterKey(scope));
  const { examples, pairs } = await readCounter(values, scope);
  const next = { examples: Math.max(0, examples + change.examples), pairs: Math.max(0, pairs + change.pairs) };
  await values.set(counterKey(scope), next);
}

export interface ScopeCounterChange {
  readonly examples: number;
  readonly pairs: number;
}

function counterKey(scope: ScopeId): string {
  return `genome:counter:${scope}`;
}
