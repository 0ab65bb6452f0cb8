import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FakeLinear, startFakeLinear } from '@continuum/testing/linear/fake';
import { LINEAR_SCHEMA } from '@continuum/testing/linear/schema';
import { LinearClient } from '@linear/sdk';
import { type GraphQLInputType, type GraphQLOutputType, isInputObjectType, isNonNullType, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLES } from './examples.ts';

let linear: FakeLinear;
beforeAll(async () => {
  linear = await startFakeLinear();
});
afterAll(() => linear.stop());

/** The SDK's type declarations, which Linear generates from its schema. */
const DECLARATIONS = declarations();

function declarations(): string {
  const folder = dirname(fileURLToPath(import.meta.resolve('@linear/sdk')));
  const file = readdirSync(folder).find((name) => /^index-.*\.d\.mts$/.test(name));
  return readFileSync(join(folder, file ?? ''), 'utf8');
}

/** `title: Scalars["String"]` and `description?: Maybe<…>` of a generated type, by field. */
function publishedFields(type: string): ReadonlyMap<string, { readonly nullable: boolean; readonly type: string }> {
  const name = type.replace(/^ID/, 'Id');
  const start = new RegExp(`^type ${name} = (?:[A-Za-z]+ & )?\\{$`, 'm').exec(DECLARATIONS);
  if (start === null) throw new Error(`the SDK has no type ${name}`);
  const body = DECLARATIONS.slice(start.index, DECLARATIONS.indexOf('\n};', start.index));
  const fields = body.matchAll(/^ {2}(\w+)(\?)?: (.+);$/gm);
  return new Map([...fields].map(([, field = '', mark, declared = '']) => [field, toPublished(mark, declared)]));
}

function toPublished(mark: string | undefined, declared: string) {
  const inner = /(?:Maybe|InputMaybe)<(.+)>$/.exec(declared)?.[1] ?? declared;
  return { nullable: mark === '?', type: inner.replace(/^Scalars\["(\w+)"\]$/, '$1').replace(/^Id/, 'ID') };
}

function named(type: GraphQLInputType | GraphQLOutputType): string {
  return String(type)
    .replace(/!/g, '')
    .replace(/^\[(.+)\]$/, 'Array<$1>');
}

describe("the fake's schema is Linear's", () => {
  const types = Object.values(LINEAR_SCHEMA.getTypeMap()).filter(
    (type) =>
      !/^(__|Query$|Mutation$|.*Connection$)/.test(type.name) && (isObjectType(type) || isInputObjectType(type)),
  );

  test('field for field', () => {
    expect(types.length).toBeGreaterThan(8);
    for (const type of types) {
      if (!isObjectType(type) && !isInputObjectType(type)) continue;
      const published = publishedFields(type.name);
      for (const field of Object.values(type.getFields())) {
        const what = `${type.name}.${field.name}`;
        expect(published.get(field.name)?.type, what).toBe(named(field.type));
        expect(published.get(field.name)?.nullable, what).toBe(!isNonNullType(field.type));
      }
    }
  });

  test.each([
    ['QueryIssuesArgs', 'issues'],
    ['QueryCommentsArgs', 'comments'],
  ])('%s', (args, query) => {
    const published = publishedFields(args);
    for (const { name, type } of LINEAR_SCHEMA.getQueryType()?.getFields()[query]?.args ?? []) {
      expect(published.get(name)?.type, name).toBe(named(type));
    }
  });
});

test("Linear's own client comments on an issue and hears its refusals", async () => {
  const client = new LinearClient({ apiKey: linear.apiKey, apiUrl: linear.url });
  const issue = await linear.createIssue('SDK', 'ada', { title: 'By the SDK' });
  const id = '0c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f';
  const payload = await client.createComment({ id, issueId: issue, body: 'Hello' });
  expect(payload.success).toBe(true);
  expect(linear.comments(issue).map(({ id: known, body }) => [known, body])).toEqual([[id, 'Hello']]);
  await expect(client.createComment({ id, issueId: issue, body: 'Again' })).rejects.toThrow(/already exists/);
  await expect(client.createComment({ issueId: 'SDK-999', body: 'Nowhere' })).rejects.toThrow(/not found/);
  const stranger = new LinearClient({ apiKey: 'lin_api_wrong', apiUrl: linear.url });
  await expect(stranger.createComment({ issueId: issue, body: 'x' })).rejects.toThrow(/not authenticated/i);
});

test.each([
  ['issue', 'IssueWebhookPayload'],
  ['comment', 'CommentWebhookPayload'],
])('a webhook of an %s has all that %s always has', (event, type) => {
  const data = EXAMPLES.find((example) => example.event === event)?.payload.data;
  const needed = [...publishedFields(type)].filter(([, { nullable }]) => !nullable).map(([name]) => name);
  expect(needed.length).toBeGreaterThan(4);
  expect(Object.keys(Object(data))).toEqual(expect.arrayContaining(needed));
});
