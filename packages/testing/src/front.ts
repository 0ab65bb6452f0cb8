import { createServer, type IncomingMessage, type Server } from 'node:http';

/** A proxy in front of several intakes: the next one takes the next request, and another one where it does not answer. */
export interface Front {
  readonly url: string;
  /** Requests so far, and how many of them went to another backend because the first did not answer or was not ready. */
  readonly counts: Readonly<Record<'requests' | 'elsewhere' | 'refused' | 'doubled', number>>;
  stop(): Promise<void>;
}

/**
 * Starts a proxy on a free port of loopback; who is behind it is asked anew for each request. Every `doubledEvery`th request
 * goes to two of them at once, as with a proxy that lost patience.
 */
export async function startFront(
  backends: () => readonly string[],
  { doubledEvery = 0 }: { readonly doubledEvery?: number } = {},
): Promise<Front> {
  const counts = { requests: 0, elsewhere: 0, refused: 0, doubled: 0 };
  const server = createServer((request, response) => {
    void forward(request).then(({ status, text }) => response.writeHead(status).end(text));
  });
  const forward = async (request: IncomingMessage): Promise<{ status: number; text: string }> => {
    const body = await bodyOf(request);
    const all = backends();
    const first = counts.requests++;
    if (doubledEvery > 0 && first % doubledEvery === 0 && all.length > 1) {
      counts.doubled++;
      void ask(all[(first + 1) % all.length] ?? '', request, body);
    }
    for (let attempt = 0; attempt < all.length; attempt++) {
      const answer = await ask(all[(first + attempt) % all.length] ?? '', request, body);
      if (answer !== undefined) return answer;
      counts.elsewhere++;
    }
    counts.refused++;
    return { status: 502, text: 'nobody behind this proxy answers' };
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: urlOf(server), counts, stop: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Undefined where another backend should be asked. */
async function ask(
  backend: string,
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; text: string } | undefined> {
  const { host: _, connection: __, 'content-length': ___, ...rest } = headers;
  const own = Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)]);
  const init = { method, headers: own, ...(body.length === 0 ? {} : { body: new Uint8Array(body) }) };
  const answer = await fetch(`${backend}${url}`, { ...init, signal: AbortSignal.timeout(10_000) }).catch(
    () => undefined,
  );
  if (answer === undefined || answer.status === 503) return undefined;
  return { status: answer.status, text: await answer.text() };
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
  return `http://127.0.0.1:${address.port}`;
}
