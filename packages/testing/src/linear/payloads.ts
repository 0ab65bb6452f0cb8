import { commentUrl, identifierOf, type LinearComment, type LinearIssue, type LinearUser, urlOf } from './state.ts';

export type LinearAction = 'create' | 'update' | 'remove';

interface Change {
  readonly action: LinearAction;
  readonly actor: LinearUser;
  readonly at: Date;
  /** Values before an update. */
  readonly updatedFrom?: Readonly<Record<string, unknown>>;
}

const TEAM_ID = '5b3f0a1c-9d52-4c0e-8f4e-3a1f9d7c2b60';

/** An `Issue` webhook, in the form of the SDK's `EntityWebhookPayloadWithIssueData`. */
export function issuePayload(issue: LinearIssue, change: Change) {
  const { title, description, createdAt, updatedAt, creator } = issue;
  const data = {
    ...{ id: issue.id, createdAt, updatedAt, title, identifier: identifierOf(issue), url: urlOf(issue) },
    ...(description === null ? {} : { description }),
    ...{ number: issue.number, teamId: TEAM_ID, team: { id: TEAM_ID, key: issue.team, name: issue.team } },
    ...{ stateId: `state-${issue.state}`, state: stateOf(issue.state) },
    ...{ priority: 0, priorityLabel: 'No priority', sortOrder: 0, prioritySortOrder: 0, labelIds: [], labels: [] },
    ...{ subscriberIds: [creator.id], previousIdentifiers: [], reactionData: [], slaType: 'all', releases: [] },
    ...{ creatorId: creator.id, creator: childOf(creator) },
  };
  return { ...envelope('Issue', change, urlOf(issue)), data };
}

function stateOf(name: string) {
  return { id: `state-${name}`, name, type: name === 'Done' ? 'completed' : 'unstarted', color: '#e2e2e2' };
}

/** A `Comment` webhook. */
export function commentPayload(issue: LinearIssue, comment: LinearComment, change: Change) {
  const { id, body, parentId, createdAt, updatedAt, editedAt, user } = comment;
  const data = {
    ...{ id, createdAt, updatedAt, body, issueId: issue.id, userId: user.id, reactionData: [] },
    ...(editedAt === null ? {} : { editedAt }),
    ...(parentId === null ? {} : { parentId }),
    ...{ issue: issueChild(issue), user: childOf(user) },
  };
  return { ...envelope('Comment', change, commentUrl(issue, comment)), data };
}

/** A `Reaction` webhook, to a comment. */
export function reactionPayload(issue: LinearIssue, comment: LinearComment, emoji: string, change: Change) {
  const at = change.at.toISOString();
  const data = {
    ...{ id: `reaction-${comment.id}-${emoji}-${change.actor.id}`, createdAt: at, updatedAt: at, emoji },
    ...{ commentId: comment.id, comment: { id: comment.id, body: comment.body, issueId: issue.id } },
    ...{ userId: change.actor.id, user: childOf(change.actor) },
  };
  return { ...envelope('Reaction', change, commentUrl(issue, comment)), data };
}

function envelope(type: string, { action, actor, at, updatedFrom }: Change, url: string) {
  return {
    ...{ action, type, createdAt: at.toISOString(), organizationId: 'b2f1f3f6-6a0e-4d3e-9d2f-2d9b6a7f1c11', url },
    ...{ webhookId: '1e5c3a6e-0f1c-4a57-9d0b-6d6c4b0e8d55', webhookTimestamp: at.getTime() },
    actor: { ...childOf(actor), type: 'user' },
    ...(updatedFrom === undefined ? {} : { updatedFrom }),
  };
}

function childOf({ id, name, email }: LinearUser) {
  return { id, name, email, url: `https://linear.app/acme/profiles/${name}` };
}

function issueChild(issue: LinearIssue) {
  const team = { id: TEAM_ID, key: issue.team, name: issue.team };
  return {
    ...{ id: issue.id, title: issue.title, identifier: identifierOf(issue), url: urlOf(issue) },
    ...{ teamId: TEAM_ID, team },
  };
}
