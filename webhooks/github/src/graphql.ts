import { ContinuumError } from '@continuum/contract/errors';
import type { Octokit } from 'octokit';
import { z } from 'zod';
import { rejected, retryAfterMs, unavailable } from './failures.ts';

const Failure = z.object({ type: z.string().optional(), message: z.string() });
const Headers = z.record(z.string(), z.union([z.string(), z.number()]).optional()).default({});
const Failed = z.object({ headers: Headers, errors: z.array(Failure).min(1), data: z.unknown() });
/** What the throttling plugin makes of a rate limit before anybody else sees it. */
const Throttled = z.object({
  response: z.object({ headers: Headers, data: z.object({ errors: z.array(Failure).min(1), data: z.unknown() }) }),
});

export interface GraphqlCall<S extends z.ZodType> {
  readonly query: string;
  readonly variables: Readonly<Record<string, string | number | null>>;
  readonly answer: S;
  /** What the token needs, as GitHub's settings page writes it. */
  readonly permission: string;
  /** Take what came when only parts of it were refused. */
  readonly partial?: boolean;
}

/**
 * One GraphQL request. GitHub answers failures with 200 and a list of errors: throws CODE_HOST_UNAVAILABLE (retryable) for rate
 * limits and what GitHub could not finish, CODE_HOST_REJECTED for the rest and for an answer of another shape.
 */
export async function graphql<S extends z.ZodType>(octokit: Octokit, call: GraphqlCall<S>): Promise<z.output<S>> {
  const parsed = call.answer.safeParse(await ask(octokit, call));
  if (parsed.success) return parsed.data;
  const where = z.prettifyError(parsed.error).split('\n')[0];
  throw new ContinuumError(
    'CODE_HOST_REJECTED',
    `GitHub's GraphQL answer has another shape than documented: ${where}`,
    {
      next: 'Look whether this GitHub Enterprise Server is older than 3.13.',
    },
  );
}

async function ask<S extends z.ZodType>(octokit: Octokit, call: GraphqlCall<S>): Promise<unknown> {
  try {
    return await octokit.graphql(call.query, { ...call.variables });
  } catch (error) {
    const failed = failedOf(error);
    if (failed === undefined) throw error;
    const isRefused = failed.errors.every(({ type }) => type !== undefined && REFUSED.has(type));
    if (call.partial === true && isRefused && failed.data !== null) return failed.data;
    throw toGraphqlError(failed, call.permission);
  }
}

const REFUSED: ReadonlySet<string> = new Set(['FORBIDDEN', 'NOT_FOUND', 'INSUFFICIENT_SCOPES', 'UNPROCESSABLE']);

function failedOf(error: unknown): z.output<typeof Failed> | undefined {
  const throttled = Throttled.safeParse(error).data?.response;
  if (throttled !== undefined) return { headers: throttled.headers, ...throttled.data };
  return Failed.safeParse(error).data;
}

function toGraphqlError({ errors, headers }: z.output<typeof Failed>, permission: string): ContinuumError {
  const [first] = errors;
  const message = `GitHub's GraphQL answered: ${(first?.message ?? '').split('\n')[0]?.slice(0, 300)}`;
  const type = first?.type;
  if (type === 'RATE_LIMITED') return unavailable(message, retryAfterMs({ status: 403, headers }, Date.now()));
  // An error without a type is one of GitHub's own: it ran out of time, or something broke there.
  if (type === undefined && !/doesn't exist on type|argument|variable/i.test(message))
    return unavailable(message, undefined);
  return rejected(message, type === 'NOT_FOUND' ? 404 : 403, permission);
}

const PageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });

/** A page of a GraphQL list with its cursor. */
export function connectionOf<S extends z.ZodType>(node: S) {
  return z.object({ pageInfo: PageInfo, nodes: z.array(node) });
}

/** All nodes of a list, asked for page by page. */
export async function allNodes<N>(
  page: (
    cursor: string | null,
  ) => Promise<{ readonly pageInfo: z.output<typeof PageInfo>; readonly nodes: readonly N[] }>,
): Promise<N[]> {
  const all: N[] = [];
  for (let cursor: string | null = null; ; ) {
    const { nodes, pageInfo }: Awaited<ReturnType<typeof page>> = await page(cursor);
    all.push(...nodes);
    if (!pageInfo.hasNextPage) return all;
    cursor = pageInfo.endCursor;
  }
}

/** A number that does not fit 32 bits comes as text. */
export const DatabaseId = z.union([z.string().regex(/^\d+$/), z.number().int()]).transform(String);

/** Somebody, or an App, whose login lacks the `[bot]` that it has everywhere else; null when the account is gone. */
export const Actor = z
  .object({ login: z.string(), __typename: z.string().optional() })
  .nullish()
  .transform((actor) => {
    if (actor === null || actor === undefined) return undefined;
    const isBot = actor.__typename === 'Bot' || actor.login.endsWith('[bot]');
    const login = isBot && !actor.login.endsWith('[bot]') ? `${actor.login}[bot]` : actor.login;
    return { login, type: isBot ? 'Bot' : 'User' };
  });
export type Actor = z.output<typeof Actor>;
