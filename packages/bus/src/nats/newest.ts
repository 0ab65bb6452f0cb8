import { DeliverPolicy, type JetStreamManager, type JsMsg } from '@nats-io/jetstream';

const READ_WITHIN_MS = 5000;

/** The newest messages of a stream, newest first: read from near its end, further back while deleted ones leave gaps. */
export async function newest(manager: JetStreamManager, stream: string, limit: number): Promise<JsMsg[]> {
  const { state } = await manager.streams.info(stream);
  for (let span = limit; state.messages > 0 && limit > 0; span *= 4) {
    const from = Math.max(state.first_seq, state.last_seq - span + 1);
    const messages = await readFrom(manager, stream, from, state.last_seq);
    if (messages.length >= limit || from === state.first_seq) return messages.slice(-limit).reverse();
  }
  return [];
}

/** Messages `from` to `to` (sequence numbers) that are there, oldest first. */
async function readFrom(manager: JetStreamManager, stream: string, from: number, to: number): Promise<JsMsg[]> {
  const read = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: from };
  const consumer = await manager.jetstream().consumers.get(stream, { ...read, inactive_threshold: READ_WITHIN_MS });
  const messages: JsMsg[] = [];
  for await (const message of await consumer.fetch({ max_messages: to - from + 1, expires: READ_WITHIN_MS })) {
    if (message.seq <= to) messages.push(message);
    if (message.seq >= to || message.info.pending === 0) break;
  }
  await consumer.delete().catch(() => undefined);
  return messages;
}
