import type { BroadcastPayload } from '@continuum/contract/event';
import type { EventView } from '@continuum/contract/http';

/** An event, or an answer while it is written, which has no id to resume from. */
export type FeedItem =
  | EventView
  | { readonly id?: never; readonly name: 'room:draft'; readonly payload: BroadcastPayload<'room:draft'> };

/** The events of a server-sent stream; comments and broken blocks are left out. */
export async function* parseEvents(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<FeedItem> {
  let rest = '';
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event !== undefined) yield event;
    }
  }
}

function parseBlock(block: string): FeedItem | undefined {
  const data = block
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6));
  if (data.length === 0) return undefined;
  try {
    return JSON.parse(data.join('\n'));
  } catch {
    return undefined;
  }
}
