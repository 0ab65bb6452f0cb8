import { signal } from '@preact/signals';
import { apiHeaders } from './api.ts';
import { type FeedItem, parseEvents } from './server-sent-events.ts';

/** Is the stream of events open? */
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting');

const PATTERN = 'room:*,room:draft,finding:*,review:*,learning:*,feedback:*,layer:*,training:*';

type OnEvent = (event: FeedItem) => void;

/**
 * Follows live events for as long as the page lives, and calls `onReconnect` after a gap. Fetch instead of EventSource,
 * because only fetch can carry the token.
 */
export async function follow(onEvent: OnEvent, onReconnect: () => void): Promise<never> {
  let lastId = '';
  let delay = 500;
  for (;;) {
    try {
      const wasLost = connection.value === 'lost';
      const stream = await open(lastId);
      connection.value = 'live';
      delay = 500;
      if (wasLost) onReconnect();
      for await (const event of parseEvents(stream)) {
        lastId = event.id ?? lastId;
        onEvent(event);
      }
    } catch {
      // The server went away or the network did: try again below.
    }
    connection.value = 'lost';
    await new Promise((resolve) => setTimeout(resolve, delay));
    delay = Math.min(delay * 2, 10_000);
  }
}

async function open(lastId: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const resume: Record<string, string> = lastId === '' ? {} : { 'last-event-id': lastId };
  const response = await fetch(`/api/v1/events?pattern=${PATTERN}`, { headers: { ...apiHeaders(), ...resume } });
  if (!response.ok || response.body === null) throw new Error(`no live events: ${response.status}`);
  return response.body;
}
