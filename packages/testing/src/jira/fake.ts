import { createHmac } from 'node:crypto';
import { type ApiCall, serveApi } from '../api-server.ts';
import { createFaults, type Fault } from '../faults.ts';
import { createSender, type Draft, type SentDelivery, type WebhookTarget } from '../webhook-sender.ts';
import { createApi } from './api.ts';
import { commentPayload, type IssueVerb, issuePayload } from './shapes.ts';
import { createState, documentOf, type JiraComment, type JiraIssue, jiraTime, userNamed } from './state.ts';

const EMAIL = 'continuum@acme.test';
const API_TOKEN = 'ATATTfake0000000000000000000000000000';
const SELF = userNamed('Continuum');

export interface IssueFields {
  readonly summary: string;
  readonly description?: string;
  readonly status?: string;
}

/** A Jira Cloud site on loopback. What people do is a method; what the system does goes through its REST API. */
export interface FakeJira {
  /** For `JIRA_URL`. */
  readonly url: string;
  readonly email: string;
  readonly apiToken: string;
  setWebhook(target: WebhookTarget | undefined): void;
  createIssue(key: string, author: string, fields: IssueFields): Promise<void>;
  updateIssue(key: string, author: string, fields: Partial<IssueFields>): Promise<void>;
  deleteIssue(key: string, author: string): Promise<void>;
  /** Returns the comment's id. */
  comment(key: string, author: string, text: string): Promise<string>;
  editComment(id: string, text: string): Promise<void>;
  deleteComment(id: string): Promise<void>;
  comments(key: string): readonly JiraComment[];
  readonly deliveries: readonly SentDelivery[];
  redeliver(deliveryId: string): Promise<SentDelivery>;
  readonly requests: readonly ApiCall[];
  failNext(fault: Fault): void;
  clearFaults(): void;
  setClock(clock: () => Date): void;
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** The headers with which Jira sends a body. */
export function jiraHeaders({ deliveryId }: Pick<Draft, 'deliveryId'>, body: string, secret: string, retry = 0) {
  return {
    'user-agent': 'Atlassian Webhook HTTP Client',
    'x-atlassian-webhook-identifier': deliveryId,
    'x-atlassian-webhook-flow': 'Primary',
    ...(retry === 0 ? {} : { 'x-atlassian-webhook-retry': String(retry) }),
    'x-hub-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
}

/** Starts it on loopback with nothing in it. */
export async function startFakeJira(): Promise<FakeJira> {
  const state = createState();
  const faults = createFaults();
  const calls: ApiCall[] = [];
  const sender = createSender((draft, secret, retry) => {
    const body = JSON.stringify(draft.payload);
    return { body, headers: jiraHeaders(draft, body, secret, retry) };
  });
  let sent = 0;
  const send = (payload: { readonly webhookEvent: string }) =>
    sender.send({ deliveryId: `jira-${++sent}`, event: payload.webhookEvent, payload });
  const tell = (verb: IssueVerb, comment: JiraComment) => send(commentPayload(state, verb, comment));
  const onComment = (comment: JiraComment): void => void tell('created', comment);
  const app = createApi({ state, faults, calls, email: EMAIL, apiToken: API_TOKEN, self: SELF, onComment });
  const server = await serveApi(app);
  state.url = server.url;
  const issueAt = (key: string): JiraIssue => required(state.issues.get(key), key);
  const commentAt = (id: string): JiraComment => required(state.comments.get(id), id);
  return {
    ...{ url: server.url, email: EMAIL, apiToken: API_TOKEN, setWebhook: sender.setTarget },
    async createIssue(key, author, { summary, description = '', status = 'To Do' }) {
      const created = jiraTime(state.clock());
      const body = description === '' ? null : documentOf(description);
      const issue = { id: String(state.nextId++), key, summary, description: body, status, created, updated: created };
      state.issues.set(key, issue);
      await send(issuePayload(state, 'created', issue, userNamed(author)));
    },
    async updateIssue(key, author, { summary, description, status }) {
      const changes = {
        ...(summary === undefined ? {} : { summary }),
        ...(description === undefined ? {} : { description: documentOf(description) }),
        ...(status === undefined ? {} : { status }),
      };
      const issue = { ...issueAt(key), ...changes, updated: jiraTime(state.clock()) };
      state.issues.set(key, issue);
      await send(issuePayload(state, 'updated', issue, userNamed(author), Object.keys(changes)));
    },
    async deleteIssue(key, author) {
      const issue = issueAt(key);
      state.issues.delete(key);
      await send(issuePayload(state, 'deleted', issue, userNamed(author)));
    },
    async comment(key, author, text) {
      const created = jiraTime(state.clock());
      const id = String(state.nextId++);
      const comment = { id, key, body: documentOf(text), author: userNamed(author), created, updated: created };
      state.comments.set(id, comment);
      await tell('created', comment);
      return id;
    },
    async editComment(id, text) {
      const comment = { ...commentAt(id), body: documentOf(text), updated: jiraTime(state.clock()) };
      state.comments.set(id, comment);
      await tell('updated', comment);
    },
    async deleteComment(id) {
      const comment = commentAt(id);
      state.comments.delete(id);
      await tell('deleted', comment);
    },
    comments: (key) => [...state.comments.values()].filter((comment) => comment.key === key),
    deliveries: sender.log,
    redeliver: sender.redeliver,
    requests: calls,
    failNext: faults.add,
    clearFaults: faults.clear,
    setClock: (clock) => {
      state.clock = clock;
    },
    settled: sender.settled,
    async stop() {
      await sender.settled();
      await server.close();
    },
  };
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`the fake Jira has no ${name}`);
  return value;
}
