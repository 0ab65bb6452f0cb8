import { createHmac, randomUUID } from 'node:crypto';
import { type ApiCall, serveApi } from '../api-server.ts';
import { createFaults, type Fault } from '../faults.ts';
import { createSender, type Draft, type SentDelivery, type WebhookTarget } from '../webhook-sender.ts';
import { createApi } from './api.ts';
import { commentPayload, issuePayload, reactionPayload } from './payloads.ts';
import { createState, identifierOf, issueOf, type LinearComment, type LinearIssue, userNamed } from './state.ts';

const API_KEY = 'lin_api_fake0000000000000000000000000000';
/** Whose key it is. */
const SELF = 'continuum';

export interface IssueFields {
  readonly title: string;
  readonly description?: string;
  readonly state?: string;
}

/** A Linear on loopback. What people do is a method; what the system does goes through its GraphQL API. */
export interface FakeLinear {
  /** For `LINEAR_API_URL`. */
  readonly url: string;
  /** For `LINEAR_API_KEY`. */
  readonly apiKey: string;
  setWebhook(target: WebhookTarget | undefined): void;
  /** Returns the issue's identifier. */
  createIssue(team: string, author: string, fields: IssueFields): Promise<string>;
  updateIssue(identifier: string, author: string, fields: Partial<IssueFields>): Promise<void>;
  removeIssue(identifier: string, author: string): Promise<void>;
  /** Returns the comment's id. `parent`: the comment that it answers. */
  comment(identifier: string, author: string, body: string, parent?: string): Promise<string>;
  editComment(id: string, body: string): Promise<void>;
  deleteComment(id: string): Promise<void>;
  react(commentId: string, author: string, emoji: string, action?: 'create' | 'remove'): Promise<void>;
  comments(identifier: string): readonly LinearComment[];
  readonly deliveries: readonly SentDelivery[];
  redeliver(deliveryId: string): Promise<SentDelivery>;
  readonly requests: readonly ApiCall[];
  failNext(fault: Fault): void;
  clearFaults(): void;
  setClock(clock: () => Date): void;
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** The headers with which Linear sends a body. */
export function linearHeaders({ deliveryId, event }: Omit<Draft, 'payload'>, body: string, secret: string) {
  return {
    'user-agent': 'Linear-Webhook',
    'linear-delivery': deliveryId,
    'linear-event': event,
    'linear-signature': createHmac('sha256', secret).update(body).digest('hex'),
  };
}

/** Starts it on loopback with nothing in it. */
export async function startFakeLinear(): Promise<FakeLinear> {
  const state = createState();
  const faults = createFaults();
  const calls: ApiCall[] = [];
  const sender = createSender((draft, secret) => {
    // Signed when it is sent: the time of sending is part of the body.
    const body = JSON.stringify({ ...draft.payload, webhookTimestamp: state.clock().getTime() });
    return { body, headers: linearHeaders(draft, body, secret) };
  });
  const send = (event: string, payload: Draft['payload']) => sender.send({ deliveryId: randomUUID(), event, payload });
  const change = (action: 'create' | 'update' | 'remove', name: string) => ({
    ...{ action, actor: userNamed(state, name), at: state.clock() },
  });
  const onComment = (issue: LinearIssue, comment: LinearComment): void => {
    void send('Comment', commentPayload(issue, comment, change('create', SELF)));
  };
  const app = createApi({ state, faults, calls, apiKey: API_KEY, self: SELF, onComment });
  const server = await serveApi(app);
  const issueAt = (identifier: string): LinearIssue => required(issueOf(state, identifier), identifier);
  const commentAt = (id: string): LinearComment => required(state.comments.get(id), id);
  return {
    url: `${server.url}/graphql`,
    apiKey: API_KEY,
    setWebhook: sender.setTarget,
    async createIssue(team, author, { title, description = '', state: name = 'Todo' }) {
      const number = [...state.issues.values()].filter((issue) => issue.team === team).length + 1;
      const at = state.clock().toISOString();
      const issue = {
        ...{ id: randomUUID(), team, number, title, description: description === '' ? null : description, state: name },
        ...{ creator: userNamed(state, author), createdAt: at, updatedAt: at },
      };
      state.issues.set(issue.id, issue);
      await send('Issue', issuePayload(issue, change('create', author)));
      return identifierOf(issue);
    },
    async updateIssue(identifier, author, fields) {
      const before = issueAt(identifier);
      const issue = { ...before, ...fields, updatedAt: state.clock().toISOString() };
      state.issues.set(issue.id, issue);
      const updatedFrom = {
        ...{ updatedAt: before.updatedAt },
        ...(fields.title === undefined ? {} : { title: before.title }),
        ...(fields.description === undefined ? {} : { description: before.description }),
        ...(fields.state === undefined ? {} : { stateId: `state-${before.state}` }),
      };
      await send('Issue', issuePayload(issue, { ...change('update', author), updatedFrom }));
    },
    async removeIssue(identifier, author) {
      const issue = issueAt(identifier);
      state.issues.delete(issue.id);
      await send('Issue', issuePayload(issue, change('remove', author)));
    },
    async comment(identifier, author, body, parent) {
      const issue = issueAt(identifier);
      const at = state.clock().toISOString();
      const comment: LinearComment = {
        ...{ id: randomUUID(), issueId: issue.id, body, parentId: parent ?? null, user: userNamed(state, author) },
        ...{ createdAt: at, updatedAt: at, editedAt: null },
      };
      state.comments.set(comment.id, comment);
      await send('Comment', commentPayload(issue, comment, change('create', author)));
      return comment.id;
    },
    async editComment(id, body) {
      const before = commentAt(id);
      const at = state.clock().toISOString();
      const comment = { ...before, body, updatedAt: at, editedAt: at };
      state.comments.set(id, comment);
      const update = { ...change('update', comment.user.name), updatedFrom: { body: before.body } };
      await send('Comment', commentPayload(issueAt(comment.issueId), comment, update));
    },
    async deleteComment(id) {
      const comment = commentAt(id);
      state.comments.delete(id);
      await send('Comment', commentPayload(issueAt(comment.issueId), comment, change('remove', comment.user.name)));
    },
    async react(commentId, author, emoji, action = 'create') {
      const comment = commentAt(commentId);
      await send('Reaction', reactionPayload(issueAt(comment.issueId), comment, emoji, change(action, author)));
    },
    comments: (identifier) => [...state.comments.values()].filter(({ issueId }) => issueId === issueAt(identifier).id),
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
  if (value === undefined) throw new Error(`the fake Linear has no ${name}`);
  return value;
}
