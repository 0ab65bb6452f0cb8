import { toContinuumError } from '@continuum/contract/errors';
import { WebhookEventName, WebhookPayload } from '@continuum/contract/event';
import { EventId } from '@continuum/contract/ids';
import type { JournalRecord } from '@continuum/contract/ports/journal';
import type { IntakeRuntime } from './runtime.ts';

/** Codes of `emit` that stay the same however often it is tried. */
const FINAL: ReadonlySet<string> = new Set(['INVALID_INPUT', 'UNKNOWN_EVENT', 'PAYLOAD_TOO_LARGE']);

/** Hands a record on to the bus: true when its event is stored by this call, false when it was there, undefined when it is for nobody. */
export type HandOn = (record: JournalRecord, eventId?: string) => Promise<boolean | undefined>;

/**
 * Calls at the same time for the same event share one emit. The handed function throws what may succeed later;
 * `onUndeliverable` is told of a record that the bus will never take as it is.
 */
export function createHandOn(runtime: Pick<IntakeRuntime, 'bus' | 'log'>, onUndeliverable: () => void): HandOn {
  const running = new Map<string, Promise<boolean | undefined>>();
  return (record, eventId = record.id) => {
    const known = running.get(eventId);
    if (known !== undefined) return known;
    const emit = handOn(runtime, record, eventId, onUndeliverable).finally(() => running.delete(eventId));
    running.set(eventId, emit);
    return emit;
  };
}

async function handOn(
  { bus, log }: Pick<IntakeRuntime, 'bus' | 'log'>,
  record: JournalRecord,
  eventId: string,
  onUndeliverable: () => void,
): Promise<boolean | undefined> {
  const name = WebhookEventName.safeParse(`webhook:${record.source}:${record.event}`).data;
  if (name === undefined) return undefined;
  const payload = parse(record.body);
  if (payload === undefined) {
    // Trying again cannot help, and one bad record must not hold up the others; the journal keeps it.
    onUndeliverable();
    log.error({ id: record.id }, 'delivery is no JSON object; kept in the journal, not handed on');
    return undefined;
  }
  const action = typeof payload.action === 'string' ? { action: payload.action } : {};
  const deliveryId = record.id.slice(record.source.length + 1);
  const delivery = { deliveryId, event: record.event, ...action, payload };
  try {
    return (await bus.emit(name, delivery, { id: EventId.parse(eventId) })).stored;
  } catch (thrown) {
    const { code } = toContinuumError(thrown);
    if (!FINAL.has(code)) throw thrown;
    onUndeliverable();
    const next = `Once the cause is gone: continuum replay ${record.id.slice(record.source.length + 1)}`;
    log.error({ id: record.id, err: thrown, next }, 'the bus does not take this delivery; kept in the journal');
    return undefined;
  }
}

function parse(body: string): Record<string, unknown> | undefined {
  try {
    return WebhookPayload.shape.payload.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
