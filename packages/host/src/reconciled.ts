import type { KeyValueStore } from '@continuum/contract/ports/store';
import { z } from 'zod';

const Progress = z.object({ until: z.iso.datetime() });
/** Sources that can say what they could not deliver. */
export const RECONCILED_SOURCES = ['github', 'slack'] as const;

const keyOf = (source: string): string => `reconcile:${source}`;

/** Up to when everything that a source could not deliver is taken in; undefined before the first run. */
export async function readReconciled(values: KeyValueStore, source: string): Promise<Date | undefined> {
  const known = Progress.safeParse(await values.get(keyOf(source))).data;
  return known === undefined ? undefined : new Date(known.until);
}

/** Writes down how far it got. */
export async function writeReconciled(values: KeyValueStore, source: string, until: Date): Promise<void> {
  await values.set(keyOf(source), { until: until.toISOString() });
}
