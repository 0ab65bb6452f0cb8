import { type FakeJira, startFakeJira } from '@continuum/testing/jira/fake';
import { CommentSchema, createCloudClient, IssueSchema, PageOfCommentsSchema } from 'jira.js/cloud';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { markdownToAdf } from '../src/markdown-to-adf.ts';

let jira: FakeJira;
beforeAll(async () => {
  jira = await startFakeJira();
  await jira.createIssue('SDK-1', 'Ada', { summary: 'By the client', description: 'Words.' });
  await jira.comment('SDK-1', 'Ada', 'Hello');
});
afterAll(() => jira.stop());

const Address = z.string();

/** The fake's own answer, as it goes over the wire. */
async function get(path: string): Promise<unknown> {
  const authorization = `Basic ${Buffer.from(`${jira.email}:${jira.apiToken}`).toString('base64')}`;
  const response = await fetch(`${Address.parse(jira.url)}/rest/api/3${path}`, { headers: { authorization } });
  expect(response.status).toBe(200);
  return response.json();
}

test('what it answers is what the schemas of Atlassian’s OpenAPI document say', async () => {
  expect(IssueSchema.safeParse(await get('/issue/SDK-1')).error).toBeUndefined();
  const page = await get('/issue/SDK-1/comment');
  expect(PageOfCommentsSchema.safeParse(page).error).toBeUndefined();
  const [comment] = PageOfCommentsSchema.parse(page).comments ?? [];
  expect(CommentSchema.safeParse(comment).success).toBe(true);
});

test('a client of its own reads an issue, comments on it and hears its refusals', async () => {
  const auth = { type: 'basic', email: jira.email, apiToken: jira.apiToken } as const;
  const client = createCloudClient({ host: jira.url, auth });
  const issue = await client.issues.getIssue({ issueIdOrKey: 'SDK-1' });
  expect([issue.key, issue.fields?.summary]).toEqual(['SDK-1', 'By the client']);
  const { content, ...document } = markdownToAdf('# Hello\n\n- from **ours**\n\n```ts\nf()\n```');
  const body = { ...document, content: content.map((node) => ({ ...node })) };
  const created = await client.issueComments.addComment({ issueIdOrKey: 'SDK-1', body });
  const page = await client.issueComments.getComments({ issueIdOrKey: 'SDK-1', orderBy: '-created' });
  expect(page.comments?.[0]?.id).toBe(created.id);
  expect(page.total).toBe(2);
  const empty = { ...body, content: [{ type: 'paragraph', content: [{ type: 'text', text: '' }] }] };
  await expect(client.issueComments.addComment({ issueIdOrKey: 'SDK-1', body: empty })).rejects.toThrow();
  await expect(client.issues.getIssue({ issueIdOrKey: 'SDK-9' })).rejects.toThrow();
});
