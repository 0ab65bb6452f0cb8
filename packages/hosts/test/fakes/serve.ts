import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

/** What a fake answers: a status and JSON, or plain text. */
export interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly location?: string;
}

export interface FakeServer {
  readonly url: string;
  close(): Promise<void>;
}

export type Handle = (path: string, body: Buffer, request: IncomingMessage) => Reply | Promise<Reply>;

/** An HTTP server on a port of its own, or on a given one. */
export async function serve(handle: Handle, port = 0): Promise<FakeServer> {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const reply = await Promise.resolve()
      .then(() => handle(`${request.method} ${request.url}`, body, request))
      .catch((error: unknown): Reply => ({ status: 500, json: { error: String(error) } }));
    const { status = 200, json, text = JSON.stringify(json), location } = reply;
    const headers = location === undefined ? {} : { location };
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : port;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${own}`, close };
}
