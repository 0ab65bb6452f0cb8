import { COMMANDS } from '@continuum/contract/command';
import { EditorFile, PostEditorFeedback } from '@continuum/contract/editor';
import { ContinuumError } from '@continuum/contract/errors';
import { Finding, Review } from '@continuum/contract/finding';
import {
  AuditState,
  AuditView,
  ClaimAnswer,
  DeadLetterView,
  DeliveryReplayed,
  ErrorBody,
  LessonsTaken,
  MessageView,
  OperationsView,
  PostAsk,
  type PostDeliveryReplay,
  PostFeedback,
  PostFindingMessage,
  PostLessons,
  PostMessage,
  PostPerson,
  type PostReconcile,
  PostReplay,
  PostReview,
  PostRoomView,
  PostTrain,
  PostUnlink,
  Readiness,
  ReconcileAnswer,
  ReviewAnswer,
  RoomSummary,
} from '@continuum/contract/http';
import { Layer } from '@continuum/contract/layer';
import { type ExportFormat, Feedback, Memory, TrainingExample } from '@continuum/contract/learning';
import { ScopeDefinition } from '@continuum/contract/persona';
import { Message, PersonLink, RoomView } from '@continuum/contract/room';
import { TrainingProgress } from '@continuum/contract/training-job';
import { z } from 'zod';

export interface ClientOptions {
  /** For example `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly token?: string;
  /** Which of our clients this is: recorded as the source of messages and reviews. */
  readonly client?: 'cli' | 'vscode';
  readonly fetch?: typeof fetch;
}

type Query = Readonly<Record<string, string | number | undefined>>;

const FeedbackAnswer = Feedback.extend({ learned: z.enum(['active', 'quarantined', 'nothing']) });

/** Typed client of a running Continuum. Every method throws a ContinuumError with the server's code. */
export class ContinuumClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  ready(): Promise<Readiness> {
    return this.#get('/readyz', Readiness);
  }

  rooms(): Promise<RoomSummary[]> {
    return this.#get('/api/v1/rooms', z.array(RoomSummary));
  }

  messages(room: string, query: { readonly limit?: number; readonly before?: string } = {}): Promise<MessageView[]> {
    return this.#get(`/api/v1/rooms/${encodeURIComponent(room)}/messages`, z.array(MessageView), query);
  }

  say(room: string, message: z.input<typeof PostMessage>): Promise<Message> {
    return this.#post(`/api/v1/rooms/${encodeURIComponent(room)}/messages`, PostMessage.parse(message), Message);
  }

  /** What the team knows about a question, outside of any room. */
  ask(request: z.input<typeof PostAsk>): Promise<z.infer<(typeof COMMANDS)['knowledge/ask']['output']>> {
    return this.#post('/api/v1/ask', PostAsk.parse(request), COMMANDS['knowledge/ask'].output);
  }

  /** The thread of a message: its first message and all answers, oldest first. */
  thread(message: string): Promise<MessageView[]> {
    return this.#get(`/api/v1/messages/${encodeURIComponent(message)}/thread`, z.array(MessageView));
  }

  review(request: z.input<typeof PostReview>): Promise<ReviewAnswer> {
    return this.#post('/api/v1/reviews', PostReview.parse(request), ReviewAnswer);
  }

  reviews(query: { readonly repo?: string; readonly pr?: number } = {}): Promise<Review[]> {
    return this.#get('/api/v1/reviews', z.array(Review), query);
  }

  findings(
    query: { readonly repo?: string; readonly pr?: number; readonly status?: string; readonly reviewId?: string } = {},
  ): Promise<Finding[]> {
    return this.#get('/api/v1/findings', z.array(Finding), query);
  }

  finding(id: string): Promise<Finding> {
    return this.#get(`/api/v1/findings/${encodeURIComponent(id)}`, Finding);
  }

  feedback(feedback: z.input<typeof PostFeedback>): Promise<z.infer<typeof FeedbackAnswer>> {
    return this.#post('/api/v1/feedback', PostFeedback.parse(feedback), FeedbackAnswer);
  }

  /** Reviews one file as it stands in an editor. */
  reviewFile(file: z.input<typeof EditorFile>): Promise<ReviewAnswer> {
    return this.#post('/api/v1/editor/reviews', EditorFile.parse(file), ReviewAnswer);
  }

  /** What somebody did with a suggestion in an editor. */
  editorFeedback(feedback: z.input<typeof PostEditorFeedback>): Promise<z.infer<typeof FeedbackAnswer>> {
    return this.#post('/api/v1/editor/feedback', PostEditorFeedback.parse(feedback), FeedbackAnswer);
  }

  /** Says something about a finding in its thread, which begins with the first word said. */
  discuss(finding: string, message: z.input<typeof PostFindingMessage>): Promise<Message> {
    const path = `/api/v1/findings/${encodeURIComponent(finding)}/messages`;
    return this.#post(path, PostFindingMessage.parse(message), Message);
  }

  examples(
    query: { readonly scope?: string; readonly state?: string; readonly limit?: number } = {},
  ): Promise<TrainingExample[]> {
    return this.#get('/api/v1/examples', z.array(TrainingExample), query);
  }

  /** JSON Lines in one of the four training formats. */
  async exportExamples(format: ExportFormat, scope?: string): Promise<string> {
    const response = await this.#send('/api/v1/examples.jsonl', { method: 'GET' }, { format, scope });
    return response.text();
  }

  memories(
    query: { readonly repo?: string; readonly scope?: string; readonly state?: string } = {},
  ): Promise<Memory[]> {
    return this.#get('/api/v1/memories', z.array(Memory), query);
  }

  layers(query: { readonly scope?: string; readonly state?: string } = {}): Promise<Layer[]> {
    return this.#get('/api/v1/layers', z.array(Layer), query);
  }

  layer(id: string): Promise<Layer> {
    return this.#get(`/api/v1/layers/${encodeURIComponent(id)}`, Layer);
  }

  /** Answers when the job is in line, or with `wait` when its layer stands where its gates put it. */
  train(request: z.input<typeof PostTrain>): Promise<z.infer<(typeof COMMANDS)['layers/train']['output']>> {
    return this.#post('/api/v1/layers/train', PostTrain.parse(request), COMMANDS['layers/train'].output);
  }

  cancelTraining(jobId: string): Promise<TrainingProgress> {
    return this.#post(`/api/v1/layers/jobs/${encodeURIComponent(jobId)}/cancel`, {}, TrainingProgress);
  }

  /** One step towards active, or to the state named. */
  promote(id: string, to?: Layer['state']): Promise<Layer> {
    return this.#post(`/api/v1/layers/${encodeURIComponent(id)}/promote`, to === undefined ? {} : { to }, Layer);
  }

  rollback(id: string): Promise<z.infer<(typeof COMMANDS)['layers/rollback']['output']>> {
    return this.#post(`/api/v1/layers/${encodeURIComponent(id)}/rollback`, {}, COMMANDS['layers/rollback'].output);
  }

  /** Writes a bundle; `file` is an absolute path on the server's machine. */
  exportLayer(id: string, file: string): Promise<z.infer<(typeof COMMANDS)['layers/export']['output']>> {
    return this.#post(`/api/v1/layers/${encodeURIComponent(id)}/export`, { file }, COMMANDS['layers/export'].output);
  }

  /** Takes a bundle in; `trust` names signers' public keys. */
  importLayer(file: string, trust: readonly string[] = []): Promise<Layer> {
    return this.#post('/api/v1/layers/import', { file, trust }, Layer);
  }

  /** Writes a backup; `folder` is a new one on the server's machine, absolute. */
  backup(folder: string): Promise<z.infer<(typeof COMMANDS)['backup/create']['output']>> {
    return this.#post('/api/v1/backups', { folder }, COMMANDS['backup/create'].output);
  }

  scopes(): Promise<ScopeDefinition[]> {
    return this.#get('/api/v1/scopes', z.array(ScopeDefinition));
  }

  enterScope(persona: string, scope: string): Promise<z.infer<(typeof COMMANDS)['scope/enter']['output']>> {
    return this.#post('/api/v1/scopes/enter', { persona, scope }, COMMANDS['scope/enter'].output);
  }

  leaveScope(persona: string): Promise<z.infer<(typeof COMMANDS)['scope/leave']['output']>> {
    return this.#post('/api/v1/scopes/leave', { persona }, COMMANDS['scope/leave'].output);
  }

  /** What waits, what is stuck, who is there. */
  operations(): Promise<OperationsView> {
    return this.#get('/api/v1/operations', OperationsView);
  }

  /** Events their consumers gave up on, and external effects (consumer `outbox`), newest first. */
  deadLetters(query: { readonly limit?: number } = {}): Promise<DeadLetterView[]> {
    return this.#get('/api/v1/dead-letters', z.array(DeadLetterView), query);
  }

  /** Offers one dead letter to its consumer again. */
  async replayDeadLetter(consumer: string, id: string): Promise<void> {
    const letter = PostReplay.parse({ consumer, id });
    await this.#post('/api/v1/dead-letters/replay', letter, z.object({ replayed: z.literal(true) }));
  }

  /** Asks a source what it could not deliver, and takes it in. */
  reconcile(request: z.input<typeof PostReconcile> = {}): Promise<ReconcileAnswer> {
    return this.#post('/api/v1/deliveries/reconcile', request, ReconcileAnswer);
  }

  /** Hands a kept delivery on again, as if it came just now. */
  replayDelivery(request: z.input<typeof PostDeliveryReplay>): Promise<DeliveryReplayed> {
    return this.#post('/api/v1/deliveries/replay', request, DeliveryReplayed);
  }

  /** Every action, newest first. */
  audit(query: { readonly limit?: number; readonly beforeSeq?: number } = {}): Promise<AuditView[]> {
    return this.#get('/api/v1/audit', z.array(AuditView), query);
  }

  /** Is the chain of the audit whole? */
  verifyAudit(): Promise<AuditState> {
    return this.#get('/api/v1/audit/verify', AuditState);
  }

  /** Who is known on which source. */
  people(): Promise<PersonLink[]> {
    return this.#get('/api/v1/people', z.array(PersonLink));
  }

  /** Says who somebody on a source is. */
  linkPerson(link: z.input<typeof PostPerson>): Promise<PersonLink> {
    return this.#post('/api/v1/people', PostPerson.parse(link), PersonLink);
  }

  /** A code that the login has to say on the code host. */
  claimPerson(claim: z.input<typeof PostPerson>): Promise<ClaimAnswer> {
    return this.#post('/api/v1/people/claims', PostPerson.parse(claim), ClaimAnswer);
  }

  unlinkPerson(somebody: PostUnlink): Promise<PostUnlink> {
    return this.#post('/api/v1/people/unlink', somebody, PostUnlink);
  }

  /** Places in which rooms are shown. */
  views(query: { readonly room?: string } = {}): Promise<RoomView[]> {
    return this.#get('/api/v1/views', z.array(RoomView), query);
  }

  /** Shows a room in a place. */
  connectRoom(room: string, view: z.input<typeof PostRoomView>): Promise<RoomView> {
    return this.#post(`/api/v1/rooms/${encodeURIComponent(room)}/views`, PostRoomView.parse(view), RoomView);
  }

  /** The corrections of a repository as JSON Lines that it can keep. */
  async exportLessons(repo: string): Promise<string> {
    return (await this.#send('/api/v1/lessons.jsonl', { method: 'GET' }, { repo })).text();
  }

  importLessons(lessons: z.input<typeof PostLessons>): Promise<LessonsTaken> {
    return this.#post('/api/v1/lessons', PostLessons.parse(lessons), LessonsTaken);
  }

  async #get<T>(path: string, schema: z.ZodType<T>, query: Query = {}): Promise<T> {
    const response = await this.#send(path, { method: 'GET' }, query);
    return schema.parse(await response.json());
  }

  async #post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    const response = await this.#send(path, { method: 'POST', body: JSON.stringify(body), headers }, {});
    return schema.parse(await response.json());
  }

  async #send(path: string, init: RequestInit, query: Query): Promise<Response> {
    const url = new URL(path, this.#options.url);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const headers = new Headers(init.headers);
    if (this.#options.token !== undefined) headers.set('authorization', `Bearer ${this.#options.token}`);
    if (this.#options.client !== undefined) headers.set('x-continuum-client', this.#options.client);
    const response = await this.#fetch(url, { ...init, headers });
    if (!response.ok) throw await toError(response);
    return response;
  }

  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    try {
      return await (this.#options.fetch ?? fetch)(url, init);
    } catch (cause) {
      throw new ContinuumError('INTERNAL', `no Continuum answers at ${url.origin}`, {
        cause,
        next: 'Start it with `npm start`, or name the right address with --url.',
      });
    }
  }
}

async function toError(response: Response): Promise<ContinuumError> {
  const text = await response.text();
  const body = ErrorBody.safeParse(parseJson(text));
  if (!body.success) return new ContinuumError('INTERNAL', `the server answered ${response.status}`);
  const { code, message, next } = body.data.error;
  return new ContinuumError(code, message, next === undefined ? {} : { next });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
