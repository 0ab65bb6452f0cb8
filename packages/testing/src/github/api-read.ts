import type { Context, Hono } from 'hono';
import { type Env, paginate, refuse, repoAt, threadAt } from './answers.ts';
import { toIssueComment, toLegacyReviewComment, toReview, toReviewComment } from './comment-shapes.ts';
import type { Conversation } from './conversation.ts';
import { toFile, toPull } from './pull-shape.ts';
import { toRepo, toUser } from './shapes.ts';
import type { RepoState, Role, State, Thread } from './state.ts';

type Answer = Response | Promise<Response>;

/** GitHub's older permission names for its roles. */
const LEGACY: Record<Role, string> = {
  admin: 'admin',
  maintain: 'write',
  write: 'write',
  triage: 'read',
  read: 'read',
};

/** The GET half of the REST API. */
export function addReads(app: Hono<Env>, state: State, conversation: Conversation): void {
  const onRepo = (path: string, answer: (c: Context<Env>, repo: RepoState) => Answer): void => {
    app.get(`/repos/:owner/:repo${path}`, (c) => {
      const repo = repoAt(c, state);
      return repo === undefined ? refuse(c, 404, 'Not Found') : answer(c, repo);
    });
  };
  const onPull = (path: string, answer: (c: Context<Env>, repo: RepoState, thread: Thread) => Answer): void => {
    onRepo(path, (c, repo) => {
      const thread = threadAt(c, repo);
      return thread === undefined ? refuse(c, 404, 'Not Found') : answer(c, repo, thread);
    });
  };

  onRepo('', (c, repo) => c.json(toRepo(state, repo)));
  onPull('/pulls/:n', async (c, repo, thread) =>
    c.json(toPull(state, repo, thread, await conversation.changes(repo, thread))),
  );
  onPull('/pulls/:n/files', async (c, repo, thread) =>
    paginate(c, state, await conversation.changes(repo, thread), (file) => toFile(state, repo, thread.pull, file)),
  );
  onPull('/pulls/:n/reviews', (c, repo, thread) =>
    paginate(c, state, thread.reviews, (review) => toReview(state, repo, thread.pull.number, review, 'api')),
  );
  onPull('/pulls/:n/reviews/:review/comments', (c, repo, thread) => {
    const comments = thread.reviewComments.filter((comment) => comment.reviewId === Number(c.req.param('review')));
    return paginate(c, state, comments, (item) => toLegacyReviewComment(state, repo, thread.pull.number, item));
  });
  onPull('/pulls/:n/comments', (c, repo, thread) =>
    paginate(c, state, thread.reviewComments, (item) => toReviewComment(state, repo, thread.pull.number, item)),
  );
  onPull('/issues/:n/comments', (c, repo, thread) =>
    paginate(c, state, thread.issueComments, (item) => toIssueComment(state, repo, thread.pull.number, item)),
  );
  onRepo('/git/blobs/:sha', readBlob);
  onRepo('/contents/:path{.+}', readContents);
  onRepo('/collaborators/:login/permission', (c, repo) => readPermission(c, state, repo));
}

async function readBlob(c: Context<Env>, repo: RepoState): Promise<Response> {
  const sha = c.req.param('sha') ?? '';
  if (!/^[0-9a-f]{40}$/.test(sha))
    return refuse(c, 422, 'The sha parameter must be exactly 40 characters and contain only [0-9a-f].');
  const bytes = await repo.git.run('cat-file', 'blob', sha).catch(() => undefined);
  if (bytes === undefined) return refuse(c, 404, 'Not Found');
  const content = inLines(bytes.toString('base64'));
  const url = new URL(c.req.url).pathname;
  return c.json({ sha, node_id: sha, size: bytes.length, url, content, encoding: 'base64' });
}

/** GitHub breaks base64 every 60 characters. */
function inLines(text: string): string {
  return text.replaceAll(/.{1,60}/g, '$&\n');
}

async function readContents(c: Context<Env>, repo: RepoState): Promise<Response> {
  const path = c.req.param('path') ?? '';
  const revision = await repo.git.resolve(c.req.query('ref') ?? 'main');
  if (revision === undefined) return refuse(c, 404, `No commit found for the ref ${c.req.query('ref')}`);
  const [entry = ''] = (await repo.git.run('ls-tree', '-z', revision, '--', path)).toString('utf8').split('\0');
  const [, type, sha = ''] = entry.split(/[ \t]/);
  if (type !== 'blob') return refuse(c, 404, 'Not Found');
  const bytes = await repo.git.run('cat-file', 'blob', sha);
  // Above 1 MB GitHub still answers, with an empty content and encoding "none".
  const small = bytes.length <= 1024 * 1024;
  const body = { encoding: small ? 'base64' : 'none', content: small ? inLines(bytes.toString('base64')) : '' };
  const name = path.split('/').at(-1);
  return c.json({ type: 'file', size: bytes.length, name, path, sha, ...body });
}

function readPermission(c: Context<Env>, state: State, repo: RepoState): Response {
  if (c.req.header('authorization') === undefined) return refuse(c, 401, 'Requires authentication');
  const login = c.req.param('login') ?? '';
  // GitHub answers 404 for names that nobody has; here every name exists unless it says otherwise.
  if (login.startsWith('nobody-')) return refuse(c, 404, `${login} is not a user`);
  const role = login === repo.owner ? 'admin' : repo.collaborators.get(login);
  const otherwise = repo.private ? 'none' : 'read';
  const permission = role === undefined ? otherwise : LEGACY[role];
  return c.json({ permission, role_name: role ?? otherwise, user: toUser(state, login) });
}
