import type { OperationsView } from '@continuum/contract/http';
import { targetNames } from '@continuum/host/outbox/lanes';
import { readTargets } from '@continuum/host/outbox/targets';
import { RECONCILED_SOURCES, readReconciled } from '@continuum/host/reconciled';
import type { Core } from '@continuum/host/runtime';

const PROCESSES = 'process:';

/** What waits, what is stuck and who is there, as the store and the bus know it. */
export async function operationsView(
  { bus, store, now }: Pick<Core, 'bus' | 'store' | 'now'>,
  journalPendingBytes: number | undefined,
): Promise<OperationsView> {
  const [backlog, outbox, targets, leases, reconciled] = await Promise.all([
    bus.backlog(),
    store.outbox.counts(),
    readTargets(store.values, targetNames(), now()),
    store.leases.list(PROCESSES),
    reconciledSources(store.values),
  ]);
  const processes = leases.map(({ name, holder, until }) => ({ name: name.slice(PROCESSES.length), holder, until }));
  const journal = journalPendingBytes === undefined ? {} : { journalPendingBytes };
  return { at: now().toISOString(), backlog, outbox, targets, processes, reconciled, ...journal };
}

async function reconciledSources(values: Core['store']['values']): Promise<OperationsView['reconciled']> {
  const found: OperationsView['reconciled'] = [];
  for (const source of RECONCILED_SOURCES) {
    const until = await readReconciled(values, source);
    if (until !== undefined) found.push({ source, until: until.toISOString() });
  }
  return found;
}
