/**
 * The part of GitHub's GraphQL schema that the fake answers, with the names and types of the published one
 * (https://docs.github.com/graphql/overview/public-schema).
 */
export const SCHEMA = `
scalar BigInt
scalar DateTime
scalar URI

interface Actor { login: String! }
type User implements Actor { login: String! }
type Bot implements Actor { login: String! }

type PageInfo { hasNextPage: Boolean! endCursor: String }

enum ReactionContent { THUMBS_UP THUMBS_DOWN LAUGH HOORAY CONFUSED HEART ROCKET EYES }
type Reaction { content: ReactionContent! createdAt: DateTime! user: User }
type ReactionConnection { nodes: [Reaction] pageInfo: PageInfo! totalCount: Int! }

type PullRequestReviewComment {
  id: ID!
  fullDatabaseId: BigInt
  body: String!
  author: Actor
  reactions(after: String, before: String, first: Int, last: Int): ReactionConnection!
}
type PullRequestReviewCommentConnection { nodes: [PullRequestReviewComment] pageInfo: PageInfo! totalCount: Int! }
type PullRequestReviewThread {
  id: ID!
  isResolved: Boolean!
  isOutdated: Boolean!
  path: String!
  line: Int
  resolvedBy: User
  comments(after: String, before: String, first: Int, last: Int): PullRequestReviewCommentConnection!
}
type PullRequestReviewThreadConnection { nodes: [PullRequestReviewThread] pageInfo: PageInfo! totalCount: Int! }

type IssueComment {
  id: ID!
  fullDatabaseId: BigInt
  body: String!
  author: Actor
  reactions(after: String, before: String, first: Int, last: Int): ReactionConnection!
}
type IssueCommentConnection { nodes: [IssueComment] pageInfo: PageInfo! totalCount: Int! }

type PullRequestReview {
  id: ID!
  fullDatabaseId: BigInt
  body: String!
  author: Actor
  reactions(after: String, before: String, first: Int, last: Int): ReactionConnection!
}
type PullRequestReviewConnection { nodes: [PullRequestReview] pageInfo: PageInfo! totalCount: Int! }

type Commit { oid: GitObjectID! message: String! }
scalar GitObjectID
type PullRequestCommit { commit: Commit! }
type PullRequestCommitConnection { nodes: [PullRequestCommit] pageInfo: PageInfo! totalCount: Int! }

enum IssueState { OPEN CLOSED }
type Issue {
  number: Int!
  title: String!
  body: String!
  state: IssueState!
  url: URI!
  repository: Repository!
}
type IssueConnection { nodes: [Issue] pageInfo: PageInfo! totalCount: Int! }

type PullRequest {
  id: ID!
  number: Int!
  title: String!
  body: String!
  author: Actor
  reviewThreads(after: String, before: String, first: Int, last: Int): PullRequestReviewThreadConnection!
  comments(after: String, before: String, first: Int, last: Int): IssueCommentConnection!
  reviews(after: String, before: String, first: Int, last: Int): PullRequestReviewConnection
  commits(after: String, before: String, first: Int, last: Int): PullRequestCommitConnection!
  closingIssuesReferences(after: String, before: String, first: Int, last: Int): IssueConnection
}
type Repository { id: ID! nameWithOwner: String! pullRequest(number: Int!): PullRequest }

type Query { repository(owner: String!, name: String!): Repository }

input ResolveReviewThreadInput { clientMutationId: String threadId: ID! }
type ResolveReviewThreadPayload { clientMutationId: String thread: PullRequestReviewThread }
input UnresolveReviewThreadInput { clientMutationId: String threadId: ID! }
type UnresolveReviewThreadPayload { clientMutationId: String thread: PullRequestReviewThread }
type Mutation {
  resolveReviewThread(input: ResolveReviewThreadInput!): ResolveReviewThreadPayload
  unresolveReviewThread(input: UnresolveReviewThreadInput!): UnresolveReviewThreadPayload
}
`;
