import { randomUUID } from 'node:crypto';

export interface LinearUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

export interface LinearIssue {
  readonly id: string;
  readonly team: string;
  readonly number: number;
  readonly title: string;
  readonly description: string | null;
  readonly state: string;
  readonly creator: LinearUser;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface LinearComment {
  readonly id: string;
  readonly issueId: string;
  readonly body: string;
  readonly parentId: string | null;
  readonly user: LinearUser;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly editedAt: string | null;
}

export interface LinearState {
  readonly issues: Map<string, LinearIssue>;
  readonly comments: Map<string, LinearComment>;
  readonly users: Map<string, LinearUser>;
  clock: () => Date;
}

export function createState(): LinearState {
  return { issues: new Map(), comments: new Map(), users: new Map(), clock: () => new Date() };
}

/** The user of that name, made on first use. */
export function userNamed(state: LinearState, name: string): LinearUser {
  const known = state.users.get(name);
  if (known !== undefined) return known;
  const user = { id: randomUUID(), name, email: `${name}@acme.test` };
  state.users.set(name, user);
  return user;
}

/** `ENG-42`. */
export function identifierOf({ team, number }: LinearIssue): string {
  return `${team}-${number}`;
}

export function urlOf(issue: LinearIssue): string {
  return `https://linear.app/acme/issue/${identifierOf(issue)}`;
}

/** Address of a comment: the first eight digits of its id after the issue's own. */
export function commentUrl(issue: LinearIssue, { id }: LinearComment): string {
  return `${urlOf(issue)}#comment-${id.slice(0, 8)}`;
}

/** The issue of an id or an identifier. */
export function issueOf(state: LinearState, idOrIdentifier: string): LinearIssue | undefined {
  return (
    state.issues.get(idOrIdentifier) ??
    [...state.issues.values()].find((issue) => identifierOf(issue) === idOrIdentifier)
  );
}
