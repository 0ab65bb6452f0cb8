import type { CommandHandler } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { HandOn } from './hand-on.ts';
import type { IntakeRuntime } from './runtime.ts';

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
