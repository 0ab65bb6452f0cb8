import { JetStreamApiCodes, JetStreamApiError, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';

/** Messages that are asked for at once. */
const AT_ONCE = 64;

/**
 * The newest messages of a stream, newest first. Asked for one by one of the leader, many at once: a consumer would be a new
 * thing for the whole cluster to agree on, may land on a replica that lags, and direct reads in batches need server 2.11.
 */
export async function newest(manager: JetStreamManager, stream: string, limit: number): Promise<StoredMsg[]> {
  const { state } = await manager.streams.info(stream);
  const messages: StoredMsg[] = [];
  for (let last = state.last_seq; last >= state.first_seq && last > 0 && messages.length < limit; last -= AT_ONCE) {
    const count = Math.min(AT_ONCE, last - state.first_seq + 1, last);
    const sequences = Array.from({ length: count }, (_, index) => last - index);
    const found = await Promise.all(sequences.map((sequence) => read(manager, stream, sequence)));
    messages.push(...found.filter((message) => message !== undefined));
  }
  return messages.slice(0, limit);
}

/** Undefined when it was deleted. */
async function read(manager: JetStreamManager, stream: string, sequence: number): Promise<StoredMsg | undefined> {
  try {
    return (await manager.streams.getMessage(stream, { seq: sequence })) ?? undefined;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.NoMessageFound) return undefined;
    throw error;
  }
}
