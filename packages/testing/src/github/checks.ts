import { type Json, nodeId, toUser } from './shapes.ts';
import type { RepoState, State, StoredAnnotation, StoredCheck } from './state.ts';

/** A check run as the API and webhooks show it. */
export function toCheck(state: State, repo: RepoState, check: StoredCheck): Json {
  const api = `${state.url}/repos/${repo.fullName}/check-runs/${check.id}`;
  const html = `${state.url}/${repo.fullName}/runs/${check.id}`;
  // GitHub names the pull requests of the repository itself only, never those that come from forks.
  const pulls = [...repo.threads.values()].filter(
    ({ pull }) => pull.headSha === check.head && pull.headRepo === repo.fullName,
  );
  return {
    id: check.id,
    node_id: nodeId('CheckRun', check.id),
    head_sha: check.head,
    external_id: check.externalId,
    url: api,
    html_url: html,
    details_url: check.detailsUrl ?? html,
    status: check.status,
    conclusion: check.conclusion,
    started_at: check.startedAt,
    completed_at: check.completedAt,
    output: {
      title: check.title,
      summary: check.summary,
      text: null,
      annotations_count: check.annotations.length,
      annotations_url: `${api}/annotations`,
    },
    name: check.name,
    check_suite: { id: check.id + 1 },
    app: toApp(state, check.app),
    pull_requests: pulls.map(({ pull }) => ({
      url: `${state.url}/repos/${repo.fullName}/pulls/${pull.number}`,
      ...{ id: pull.id, number: pull.number },
      head: { ref: pull.headRef, sha: pull.headSha, repo: { id: repo.id, name: repo.name } },
      base: { ref: pull.baseRef, sha: pull.baseSha, repo: { id: repo.id, name: repo.name } },
    })),
  };
}

function toApp(state: State, slug: string): Json {
  return {
    ...{ id: 424_242, slug, node_id: nodeId('App', 424_242), owner: toUser(state, 'acme'), name: slug },
    ...{ description: '', external_url: state.url, html_url: `${state.url}/apps/${slug}` },
    ...{ created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z', permissions: {}, events: [] },
  };
}

/** An annotation as `GET check-runs/{id}/annotations` shows it. */
export function toAnnotation(state: State, repo: RepoState, head: string, annotation: StoredAnnotation): Json {
  const blob = `${state.url}/${repo.fullName}/blob/${head}/${annotation.path}`;
  return { ...annotation, start_column: null, end_column: null, blob_href: blob };
}
