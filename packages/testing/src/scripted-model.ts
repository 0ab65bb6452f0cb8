import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What a client asked: the parsed body of `POST /v1/chat/completions`. */
export interface ModelRequest {
  readonly authorization: string | undefined;
  readonly model: string;
  readonly messages: ReadonlyArray<{ readonly role: string; readonly content: string }>;
  readonly stream?: boolean;
  readonly temperature?: number;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly response_format?: {
    readonly type: string;
    readonly json_schema?: {
      readonly name: string;
      readonly schema: Record<string, unknown>;
      readonly strict?: boolean;
    };
  };
}

interface Answer {
  readonly text: string;
  /** Default `stop`. */
  readonly finishReason?: string;
  readonly refusal?: string;
  /** Default 100 and 20; null sends none, as some servers do. */
  readonly usage?: { readonly prompt: number; readonly completion: number } | null;
  /** The stream breaks off after this many pieces, without an end. */
  readonly breakAfter?: number;
}

interface Failure {
  readonly status: number;
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the server does with a request: a text is short for an answer of that text. */
export type ModelReply =
  | string
  | Answer
  | Failure
  /** The bytes of a response as they are, whatever they are. */
  | { readonly raw: string; readonly contentType: string }
  /** No answer, and the connection stays open. */
  | 'hang'
  /** The connection is cut. */
  | 'drop';

export interface ScriptedModel {
  /** To be handed to a client as the base URL, ends in `/v1`. */
  readonly baseUrl: string;
  readonly requests: readonly ModelRequest[];
  close(): Promise<void>;
}

/** A reply by the request and its number from 0: a list is read in order, its last entry then stays. */
export type ModelScript = readonly ModelReply[] | ((request: ModelRequest, index: number) => ModelReply);

const PIECE_CHARS = 7;

/** A server on a free loopback port that speaks `/v1/chat/completions`, with streams and errors, and answers by a script. */
export async function startScriptedModel(script: ModelScript): Promise<ScriptedModel> {
  const requests: ModelRequest[] = [];
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
      fail(response, { status: 404, message: `no route ${request.url}` });
      return;
    }
    const parsed: ModelRequest = { authorization: request.headers.authorization, ...JSON.parse(await read(request)) };
    const index = requests.push(parsed) - 1;
    const reply = typeof script === 'function' ? script(parsed, index) : (script[index] ?? script.at(-1) ?? 'drop');
    await send(response, reply, parsed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}

async function send(response: ServerResponse, reply: ModelReply, request: ModelRequest): Promise<void> {
  if (reply === 'hang') return;
  if (reply === 'drop') response.destroy();
  else if (typeof reply === 'string') await answer(response, { text: reply }, request);
  else if ('raw' in reply) response.writeHead(200, { 'content-type': reply.contentType }).end(reply.raw);
  else if ('status' in reply) fail(response, reply);
  else await answer(response, reply, request);
}

function fail(response: ServerResponse, { status, message, code, param, headers }: Failure): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ error: { message, type: 'error', code: code ?? null, param: param ?? null } }));
}

function usageOf({ usage }: Answer): object | undefined {
  if (usage === null) return undefined;
  const { prompt, completion } = usage ?? { prompt: 100, completion: 20 };
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

async function answer(response: ServerResponse, reply: Answer, request: ModelRequest): Promise<void> {
  const about = { id: 'chatcmpl-1', created: 0, model: request.model };
  const finish_reason = reply.finishReason ?? 'stop';
  if (request.stream) {
    await stream(response, reply, { ...about, object: 'chat.completion.chunk' }, finish_reason);
    return;
  }
  const message = { role: 'assistant', content: reply.text, refusal: reply.refusal ?? null };
  const choices = [{ index: 0, message, finish_reason, logprobs: null }];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ ...about, object: 'chat.completion', choices, usage: usageOf(reply) }));
}

async function stream(response: ServerResponse, reply: Answer, about: object, finishReason: string): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const chunk = (data: object): boolean => response.write(`data: ${JSON.stringify({ ...about, ...data })}\n\n`);
  const delta = (part: object, finish_reason: string | null = null): boolean =>
    chunk({ choices: [{ index: 0, delta: part, finish_reason }] });
  delta({ role: 'assistant', content: '' });
  for (let start = 0; start < reply.text.length; start += PIECE_CHARS) {
    if (start / PIECE_CHARS === reply.breakAfter) {
      // What was written arrives first, as it does when a server dies in the middle.
      await new Promise((resolve) => setTimeout(resolve, 20));
      response.destroy();
      return;
    }
    delta({ content: reply.text.slice(start, start + PIECE_CHARS) });
  }
  if (reply.refusal !== undefined) delta({ refusal: reply.refusal });
  delta({}, finishReason);
  const usage = usageOf(reply);
  if (usage !== undefined) chunk({ choices: [], usage });
  response.end('data: [DONE]\n\n');
}
