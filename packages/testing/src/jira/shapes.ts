import type { JiraComment, JiraIssue, JiraState, JiraUser } from './state.ts';
import { wikiOf } from './state.ts';

/** A user as Jira names them. */
export function userShape({ accountId, displayName }: JiraUser, url: string) {
  return {
    ...{ self: `${url}/rest/api/3/user?accountId=${accountId}`, accountId, displayName, active: true },
    ...{ timeZone: 'Europe/Berlin', accountType: 'atlassian', avatarUrls: {} },
  };
}

function statusShape(name: string, url: string) {
  return { self: `${url}/rest/api/3/status/1`, name, id: '1', description: '', iconUrl: `${url}/` };
}

/** An issue of REST v3. */
export function issueShape(issue: JiraIssue, { url }: JiraState) {
  const { id, key, summary, description, status, created, updated } = issue;
  const fields = { summary, description, status: statusShape(status, url), created, updated };
  return { expand: 'renderedFields,names,schema', id, self: `${url}/rest/api/3/issue/${id}`, key, fields };
}

/** A comment of REST v3. */
export function commentShape(comment: JiraComment, { url, issues }: JiraState) {
  const { id, key, body, author, created, updated } = comment;
  const self = `${url}/rest/api/3/issue/${issues.get(key)?.id}/comment/${id}`;
  const user = userShape(author, url);
  return { self, id, author: user, updateAuthor: user, body, created, updated, jsdPublic: true };
}

export type IssueVerb = 'created' | 'updated' | 'deleted';

/** What Jira sends when an issue changed; `fields`: those that did. */
export function issuePayload(
  state: JiraState,
  verb: IssueVerb,
  issue: JiraIssue,
  user: JiraUser,
  fields: readonly string[] = [],
) {
  const shape = issueShape(issue, state);
  const items = fields.map((field) => ({ field, fieldtype: 'jira', from: null, to: null }));
  return {
    ...{ timestamp: state.clock().getTime(), webhookEvent: `jira:issue_${verb}`, user: userShape(user, state.url) },
    ...{ issue_event_type_name: 'issue_generic' },
    // Webhooks speak the second version: texts are wiki markup.
    issue: { ...shape, fields: { ...shape.fields, description: wikiOf(issue.description) } },
    ...(verb === 'updated' ? { changelog: { id: '1', items } } : {}),
  };
}

/** What Jira sends when a comment was written, changed or deleted. */
export function commentPayload(state: JiraState, verb: IssueVerb, comment: JiraComment) {
  const issue = state.issues.get(comment.key);
  const { id = '0', summary = '', status = 'To Do' } = issue ?? {};
  return {
    ...{ timestamp: state.clock().getTime(), webhookEvent: `comment_${verb}` },
    comment: { ...commentShape(comment, state), body: wikiOf(comment.body) },
    issue: {
      ...{ id, self: `${state.url}/rest/api/2/issue/${id}`, key: comment.key },
      fields: { summary, status: statusShape(status, state.url) },
    },
    eventType: 'primaryAction',
  };
}
