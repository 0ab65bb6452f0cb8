import { SCHEMA } from '@continuum/testing/github/graphql-schema';
import { schema } from '@octokit/graphql-schema';
import {
  buildSchema,
  type GraphQLNamedType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { CONTEXT } from '../src/context.ts';
import { RESOLVE, THREADS } from '../src/threads.ts';
import { queryOf } from '../src/voices.ts';

/** GitHub's own schema, as the Octokit project publishes it. */
const published = buildSchema(schema.idl, { assumeValidSDL: true });

const QUERIES = {
  ...{ CONTEXT, THREADS, RESOLVE, reviewThreads: queryOf('reviewThreads') },
  ...{ comments: queryOf('comments'), reviews: queryOf('reviews') },
};

/** Fields with their types, written as in a schema. */
function fieldsOf(type: GraphQLNamedType | undefined): Map<string, string> {
  if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return new Map();
  return new Map(Object.entries(type.getFields()).map(([name, field]) => [name, String(field.type)]));
}

describe("GitHub's published GraphQL schema", () => {
  test.each(Object.entries(QUERIES))('knows everything that we ask for: %s', (_, query) => {
    expect(validate(published, parse(query)).map(({ message }) => message)).toEqual([]);
  });

  test('has every type and field of the fake, with the same types', () => {
    const ours = Object.values(buildSchema(SCHEMA).getTypeMap()).filter(({ name }) => !name.startsWith('__'));
    expect(ours.length).toBeGreaterThan(25);
    for (const type of ours) {
      const theirs = published.getType(type.name);
      expect(theirs?.name).toBe(type.name);
      for (const [name, shape] of fieldsOf(type))
        expect(fieldsOf(theirs).get(name), `${type.name}.${name}`).toBe(shape);
    }
  });
});
