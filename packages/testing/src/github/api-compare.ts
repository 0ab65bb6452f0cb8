import type { Context, Hono } from 'hono';
import { type Env, refuse, repoAt } from './answers.ts';
import { listChanges } from './changes.ts';
import { toFile } from './pull-shape.ts';
import type { RepoState, State } from './state.ts';

/** GitHub shows no more files than these, and all of them on the first page. */
const MOST_FILES = 300;

/** `GET compare/{base}...{head}`: how two commits stand to each other and what differs since they parted. */
export function addCompare(app: Hono<Env>, state: State): void {
  app.get('/repos/:owner/:repo/compare/:range', async (c) => {
    const repo = repoAt(c, state);
    const [from = '', to = ''] = c.req.param('range').split('...');
    const [base, head] = await Promise.all([repo?.git.resolve(from), repo?.git.resolve(to)]);
    if (repo === undefined || base === undefined || head === undefined) return refuse(c, 404, 'Not Found');
    return c.json(await compare(c, state, repo, base, head));
  });
}

async function compare(c: Context<Env>, state: State, repo: RepoState, base: string, head: string): Promise<object> {
  const [ahead, behind] = await Promise.all([repo.git.commits(base, head), repo.git.commits(head, base)]);
  const isFirst = (c.req.query('page') ?? '1') === '1';
  const changes = isFirst && ahead.length > 0 ? await listChanges(repo.git, base, head) : [];
  return {
    url: `${state.url}${c.req.path}`,
    status: statusOf(ahead.length, behind.length),
    ...{ ahead_by: ahead.length, behind_by: behind.length, total_commits: ahead.length },
    commits: ahead
      .slice(0, Number(c.req.query('per_page') ?? 250))
      .map(({ oid, message }) => ({ sha: oid, commit: { message } })),
    files: changes.slice(0, MOST_FILES).map((change) => toFile(state, repo, { headSha: head }, change)),
  };
}

function statusOf(ahead: number, behind: number): string {
  if (ahead > 0) return behind > 0 ? 'diverged' : 'ahead';
  return behind > 0 ? 'behind' : 'identical';
}
