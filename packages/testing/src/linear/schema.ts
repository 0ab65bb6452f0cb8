import { buildSchema } from 'graphql';

/**
 * The part of Linear's published GraphQL schema that the fake answers, in Linear's own words: field for field the types and
 * nullability of `@linear/sdk`, which a test compares.
 */
export const LINEAR_SDL = `
scalar DateTime

type Query {
  viewer: User!
  issues(filter: IssueFilter, first: Int, includeArchived: Boolean): IssueConnection!
  comments(filter: CommentFilter, first: Int, includeArchived: Boolean): CommentConnection!
}

type Mutation {
  commentCreate(input: CommentCreateInput!): CommentPayload!
}

type IssueConnection { nodes: [Issue!]! }
type CommentConnection { nodes: [Comment!]! }

type Issue {
  id: ID!
  identifier: String!
  number: Float!
  title: String!
  description: String
  url: String!
  state: WorkflowState!
  createdAt: DateTime!
  updatedAt: DateTime!
}

type WorkflowState { id: ID!  name: String!  type: String! }
type User { id: ID!  name: String!  email: String! }

type Comment {
  id: ID!
  body: String!
  url: String!
  parentId: String
  createdAt: DateTime!
  updatedAt: DateTime!
  user: User
}

type CommentPayload { success: Boolean!  lastSyncId: Float!  comment: Comment! }

input CommentCreateInput { id: String  issueId: String  body: String  parentId: String }
input IssueFilter { number: NumberComparator  team: TeamFilter }
input TeamFilter { key: StringComparator }
input CommentFilter { id: IDComparator }
input NumberComparator { eq: Float }
input StringComparator { eq: String }
input IDComparator { eq: ID }
`;

export const LINEAR_SCHEMA = buildSchema(LINEAR_SDL);
