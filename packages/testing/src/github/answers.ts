import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { RepoState, State, Thread } from './state.ts';

export type Env = { Bindings: HttpBindings };

const DOCS = 'https://docs.github.com/rest';

/** GitHub's error body. */
export function refuse(
  c: Context<Env>,
  status: ContentfulStatusCode,
  message: string,
  errors?: readonly unknown[],
): Response {
  const list = errors === undefined ? {} : { errors };
  return c.json({ message, ...list, documentation_url: DOCS, status: String(status) }, status);
}

/**
 * One page of a list with GitHub's `Link` header; `per_page` 30 by default, 100 at most. Some lists stand under a name with
 * their length.
 */
export function paginate<T>(
  c: Context<Env>,
  state: State,
  items: readonly T[],
  shape: (item: T) => unknown,
  name?: string,
): Response {
  const size = Math.min(100, Math.max(1, Number(c.req.query('per_page')) || 30));
  const page = Math.max(1, Number(c.req.query('page')) || 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number, rel: string): string => `<${pageUrl(c, state, to)}>; rel="${rel}"`;
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
    ...(page > 1 ? [link(1, 'first')] : []),
  ];
  if (links.length > 0) c.header('link', links.join(', '));
  const shown = items.slice((page - 1) * size, page * size).map(shape);
  return c.json(name === undefined ? shown : { total_count: items.length, [name]: shown });
}

function pageUrl(c: Context<Env>, state: State, page: number): string {
  const url = new URL(c.req.url);
  url.searchParams.set('page', String(page));
  return `${state.url}${url.pathname}${url.search}`;
}

/** The repository that a path names; undefined answers 404. */
export function repoAt(c: Context<Env>, state: State): RepoState | undefined {
  return state.repos.get(`${c.req.param('owner')}/${c.req.param('repo')}`);
}

/** The pull request that a path names. */
export function threadAt(c: Context<Env>, repo: RepoState | undefined): Thread | undefined {
  return repo?.threads.get(Number(c.req.param('n')));
}
