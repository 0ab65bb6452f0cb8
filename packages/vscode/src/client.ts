import type { EditorAction } from '@continuum/contract/editor';
import type { ErrorBody, MessageView, ReviewAnswer } from '@continuum/contract/http';
import type { Layer } from '@continuum/contract/layer';
import type { ScopeDefinition } from '@continuum/contract/persona';
import type { Message } from '@continuum/contract/room';

/** Where the server is, and what lets us in. */
export interface Access {
  readonly url: string;
  readonly token: string | undefined;
}

/** What the editor asks about a file. */
export interface FileQuestion {
  readonly repo: string;
  readonly path: string;
  readonly text: string;
  readonly languageId: string;
}

/** What somebody did with a suggestion. */
export interface Verdict {
  readonly findingId: string;
  readonly action: EditorAction;
  readonly text?: string;
  readonly reason?: string;
  readonly author: string;
}

/** What was learned of a verdict. */
export type Learned = 'active' | 'quarantined' | 'nothing';

/** The server said no: its code, what happened and what to do next. */
export class ServerError extends Error {
  readonly status: number;
  readonly next: string | undefined;

  constructor(status: number, body: Partial<ErrorBody>) {
    super(body.error?.message ?? `the server answered ${status}`);
    this.status = status;
    this.next = body.error?.next;
  }
}

export type Client = ReturnType<typeof createClient>;

/**
 * The HTTP API as the editor uses it, typed by the contract. Every call throws ServerError when the server refuses, and
 * TypeError when none answers.
 */
export function createClient(access: () => Promise<Access>) {
  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const { url, token } = await access();
    const headers = new Headers(init.headers);
    headers.set('x-continuum-client', 'vscode');
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    const response = await fetch(`${url}/api/v1/${path}`, { ...init, headers });
    if (!response.ok) throw new ServerError(response.status, await response.json().catch(() => ({})));
    return response;
  }
  async function get<T>(path: string): Promise<T> {
    return (await send(path)).json();
  }
  async function post<T>(path: string, body: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return (await send(path, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  }
  const id = encodeURIComponent;
  return {
    review: (file: FileQuestion) => post<ReviewAnswer>('editor/reviews', file),
    judge: (verdict: Verdict) => post<{ readonly learned: Learned }>('editor/feedback', verdict),
    discuss: (finding: string, body: { readonly author: string; readonly text: string }) =>
      post<Message>(`findings/${id(finding)}/messages`, body),
    messages: (room: string) => get<MessageView[]>(`rooms/${id(room)}/messages?limit=100`),
    say: (room: string, body: { readonly author: string; readonly text: string; readonly replyTo?: string }) =>
      post<Message>(`rooms/${id(room)}/messages`, body),
    scopes: () => get<ScopeDefinition[]>('scopes'),
    activeLayers: (scope: string) => get<Layer[]>(`layers?scope=${id(scope)}&state=active`),
    enter: (persona: string, scope: string) =>
      post<{ readonly memories: number; readonly layers: readonly string[] }>('scopes/enter', { persona, scope }),
    leave: (persona: string) => post('scopes/leave', { persona }),
    /** Live events as they are sent; ends when the server goes away or the signal says so. */
    async events(pattern: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
      const { body } = await send(`events?pattern=${id(pattern)}`, { signal });
      if (body === null) throw new TypeError('no live events');
      return body;
    },
  };
}
