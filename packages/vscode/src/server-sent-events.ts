/** What the editor needs of an event. */
export interface LiveEvent {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The events of a server-sent stream (WHATWG HTML, 9.2); comments and broken blocks are left out. */
export async function* parseEvents(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<LiveEvent> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event !== undefined) yield event;
    }
  }
}

function parseBlock(block: string): LiveEvent | undefined {
  const data = block.split('\n').filter((line) => line.startsWith('data: '));
  if (data.length === 0) return undefined;
  try {
    const event: unknown = JSON.parse(data.map((line) => line.slice('data: '.length)).join('\n'));
    return isLiveEvent(event) ? event : undefined;
  } catch {
    return undefined;
  }
}

function isLiveEvent(value: unknown): value is LiveEvent {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'payload' in value &&
    typeof value.payload === 'object' &&
    value.payload !== null
  );
}
