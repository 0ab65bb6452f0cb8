import type { CommandOutput } from '@continuum/contract/command';
import type { Finding, Review } from '@continuum/contract/finding';
import type {
  AuditState,
  AuditView,
  DeadLetterView,
  ErrorBody,
  FindingDetail,
  HeadlineMetrics,
  MessageView,
  OperationsView,
  ReconcileAnswer,
  ReviewAnswer,
  RoomSummary,
} from '@continuum/contract/http';
import type { Layer } from '@continuum/contract/layer';
import type { Memory, TrainingExample } from '@continuum/contract/learning';
import type { PersonaDefinition, ScopeDefinition } from '@continuum/contract/persona';
import type { Message, Reaction } from '@continuum/contract/room';
import type { TrainingProgress } from '@continuum/contract/training-job';
import { needsToken, token } from './session.ts';

/** An error answer of the server: what happened and what to do next. */
export class ApiError extends Error {
  readonly status: number;
  readonly next: string | undefined;

  constructor(status: number, body: Partial<ErrorBody>) {
    super(body.error?.message ?? `the server answered ${status}`);
    this.status = status;
    this.next = body.error?.next;
  }
}

/** Headers of every call: who we are, and the token where one is set. */
export function apiHeaders(): Record<string, string> {
  const auth: Record<string, string> = token.value === '' ? {} : { authorization: `Bearer ${token.value}` };
  return { ...auth, 'x-continuum-client': 'web' };
}

async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(`/api/v1${path}`, { ...init, headers: { ...apiHeaders(), ...init.headers } });
  if (response.status === 401) needsToken.value = true;
  if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => ({})));
  return await response.json();
}

function post<T>(path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return call<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

type Query = Readonly<Record<string, string | number | undefined>>;

function withQuery(path: string, query: Query): string {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? path : `${path}?${text}`;
}

const id = encodeURIComponent;

/** `POST /feedback` as the web room sends it. */
export interface FeedbackBody {
  readonly findingId: string;
  readonly kind: 'thumbs' | 'correction' | 'confirmation';
  readonly value: string;
  readonly author: string;
  readonly reason?: string;
}

/** The HTTP API, typed by the contract. Every call throws ApiError. */
export const api = {
  rooms: () => call<RoomSummary[]>('/rooms'),
  messages: (room: string, page: { before?: string; limit?: number } = {}) =>
    call<MessageView[]>(withQuery(`/rooms/${id(room)}/messages`, page)),
  thread: (message: string) => call<MessageView[]>(`/messages/${id(message)}/thread`),
  say: (room: string, body: { author: string; text: string; replyTo?: string }) =>
    post<Message>(`/rooms/${id(room)}/messages`, body),
  react: (message: string, body: { author: string; emoji: string }) =>
    post<Reaction>(`/messages/${id(message)}/reactions`, body),
  findings: (query: Query) => call<Finding[]>(withQuery('/findings', query)),
  finding: (finding: string) => call<FindingDetail>(`/findings/${id(finding)}`),
  reviews: (query: Query) => call<Review[]>(withQuery('/reviews', query)),
  reviewPatch: (patch: string) => post<ReviewAnswer>('/reviews', { patch, title: 'Patch from the web room' }),
  feedback: (body: FeedbackBody) => post<CommandOutput<'feedback/give'>>('/feedback', body),
  memories: () => call<Memory[]>('/memories?limit=500'),
  revokeMemory: (memory: string, author: string) => post<Memory>(`/memories/${id(memory)}/revoke`, { author }),
  examples: () => call<TrainingExample[]>('/examples?limit=500'),
  approveExample: (example: string, author: string) =>
    post<TrainingExample>(`/examples/${id(example)}/approve`, { author }),
  revokeExample: (example: string, author: string) =>
    post<TrainingExample>(`/examples/${id(example)}/revoke`, { author }),
  metrics: () => call<HeadlineMetrics[]>('/metrics/learning'),
  scopes: () => call<ScopeDefinition[]>('/scopes'),
  personas: () => call<PersonaDefinition[]>('/personas'),
  layers: () => call<Layer[]>('/layers'),
  train: (scope: string) => post<CommandOutput<'layers/train'>>('/layers/train', { scope }),
  cancelTraining: (job: string) => post<TrainingProgress>(`/layers/jobs/${id(job)}/cancel`, {}),
  promote: (layer: string) => post<Layer>(`/layers/${id(layer)}/promote`, {}),
  rollback: (layer: string) => post<CommandOutput<'layers/rollback'>>(`/layers/${id(layer)}/rollback`, {}),
  operations: () => call<OperationsView>('/operations'),
  deadLetters: () => call<DeadLetterView[]>('/dead-letters?limit=200'),
  replay: (consumer: string, letter: string) => post('/dead-letters/replay', { consumer, id: letter }),
  reconcile: (source: string) => post<ReconcileAnswer>('/deliveries/reconcile', { source }),
  audit: () => call<AuditView[]>('/audit?limit=30'),
  verifyAudit: () => call<AuditState>('/audit/verify'),
  enterScope: (persona: string, scope: string) =>
    post<CommandOutput<'scope/enter'>>('/scopes/enter', { persona, scope }),
};
