import type { CommandHandler } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { JournalRecord } from '@continuum/contract/ports/journal';
import type { HandOn } from './hand-on.ts';
import type { IntakeRuntime } from './runtime.ts';

/** The store may lose its newest commits in a power cut, the journal may not: this much is offered again at each start. */
const REPLAY_MS = 15 * 60_000;

/**
 * Offers the records of the last minutes again that were handed on before this start; ids make them single. What is still
 * pending is not read: the pump brings it. Ends early when the signal says so.
 */
export async function replayRecent(
  { journal, now }: Pick<IntakeRuntime, 'journal' | 'now'>,
  offer: (record: JournalRecord) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const since = new Date(now().getTime() - REPLAY_MS).toISOString();
  let firstPending: string | undefined;
  for await (const { position } of journal.pending()) {
    firstPending = position;
    break;
  }
  for await (const { position, record } of journal.since(since)) {
    if (position === firstPending || signal.aborted) return;
    await offer(record);
  }
}

/** The command `deliveries/replay`: a kept delivery becomes a new event, as if it came just now. */
export function replayDelivery(
  { journal, now }: Pick<IntakeRuntime, 'journal' | 'now'>,
  handOn: HandOn,
): CommandHandler<'deliveries/replay'> {
  return async ({ source, deliveryId }) => {
    const record = await journal.find(`${source}:${deliveryId}`);
    if (record === undefined) {
      throw new ContinuumError('NOT_FOUND', `the journal keeps no delivery ${deliveryId} of ${source}`, {
        next: 'It keeps seven days, and only of its own process. Send it again from the webhook settings of the source.',
      });
    }
    const at = now().toISOString();
    const id = `${record.id}:replay:${at}`;
    if ((await handOn(record, id)) === undefined) {
      throw new ContinuumError('NOT_FOUND', `nobody handles ${record.event} deliveries of ${source}`, {
        next: 'Its record stays in the journal.',
      });
    }
    return { id, event: record.event, at };
  };
}
