import { type Conversation, envelope, markOutdated } from './conversation.ts';
import type { Deliveries, FakeDelivery } from './deliveries.ts';
import { toPull } from './pull-shape.ts';
import { type Json, toRepo, toUser } from './shapes.ts';
import { nextNumber, type Pull, type RepoState, repoOf, type State, type Thread } from './state.ts';

export interface PullInput {
  readonly head: string;
  /** `owner/name` of the fork that the head branch lies in; the repository itself when absent. */
  readonly headRepo?: string;
  readonly labels?: readonly string[];
  /** Default `main`. */
  readonly base?: string;
  readonly title: string;
  readonly author: string;
  readonly body?: string;
  readonly draft?: boolean;
}

const NOTHING = '0000000000000000000000000000000000000000';

export interface Pulls {
  open(repo: RepoState, input: PullInput): Promise<Thread>;
  /** Looks at the head branch again and announces `synchronize` when it moved. */
  synchronize(repo: RepoState, thread: Thread): Promise<FakeDelivery | undefined>;
  announce(
    repo: RepoState,
    thread: Thread,
    action: string,
    by: string,
    extra?: Json,
  ): Promise<FakeDelivery | undefined>;
  /** The `push` webhook of a branch. */
  announcePush(
    repo: RepoState,
    branch: string,
    before: string | undefined,
    after: string,
    by: string,
    forced?: boolean,
  ): Promise<void>;
}

/** Pull requests and the webhooks of their life. */
export function createPulls(state: State, deliveries: Deliveries, conversation: Conversation): Pulls {
  const announce: Pulls['announce'] = async (repo, thread, action, by, extra = {}) => {
    if (!deliveries.listening()) return undefined;
    const files = await conversation.changes(repo, thread);
    const pull = toPull(state, repo, thread, files);
    const fields = { action, number: thread.pull.number, pull_request: pull };
    return deliveries.send('pull_request', { ...fields, ...extra, ...envelope(state, repo, by) });
  };
  return {
    announce,
    open: async (repo, input) => {
      const thread = await startThread(state, repo, input);
      repo.threads.set(thread.pull.number, thread);
      await announce(repo, thread, 'opened', input.author);
      return thread;
    },
    synchronize: async (repo, thread) => {
      const { pull } = thread;
      const before = pull.headSha;
      const after = (await fetchHead(state, repo, pull)) ?? before;
      if (after === before) return undefined;
      pull.headSha = after;
      pull.updatedAt = state.now();
      if (thread.reviewComments.length > 0) markOutdated(thread, await conversation.changes(repo, thread));
      return announce(repo, thread, 'synchronize', pull.author, { before, after });
    },
    announcePush: async (repo, branch, before, after, by, forced = false) => {
      if (!deliveries.listening()) return;
      const commit = await toCommit(state, repo, after);
      await deliveries.send('push', {
        ref: `refs/heads/${branch}`,
        before: before ?? NOTHING,
        after,
        created: before === undefined,
        ...{ deleted: false, forced, base_ref: null },
        compare: `${state.url}/${repo.fullName}/compare/${before ?? NOTHING}...${after}`,
        commits: [commit],
        head_commit: commit,
        repository: toPushRepo(state, repo),
        pusher: { name: by, email: `${by}@users.noreply.example` },
        sender: toUser(state, by),
      });
    },
  };
}

/** `push` shows the repository a little differently: older fields, times in seconds. */
function toPushRepo(state: State, repo: RepoState): Json {
  const seconds = Math.floor(Date.parse(repo.createdAt) / 1000);
  const owner = { ...toUser(state, repo.owner), name: repo.owner, email: `${repo.owner}@users.noreply.example` };
  const older = { owner, created_at: seconds, pushed_at: seconds, master_branch: 'main', stargazers: 0 };
  return { ...toRepo(state, repo), ...older };
}

/** The head of a branch; commits of a fork are brought into the base repository, as GitHub does. */
async function fetchHead(
  state: State,
  repo: RepoState,
  { headRepo, headRef }: Pick<Pull, 'headRepo' | 'headRef'>,
): Promise<string | undefined> {
  const from = repoOf(state, headRepo).git;
  const head = await from.resolve(`refs/heads/${headRef}`);
  if (head !== undefined && headRepo !== repo.fullName) await repo.git.fetch(from.folder, head);
  return head;
}

async function startThread(state: State, repo: RepoState, input: PullInput): Promise<Thread> {
  const baseRef = input.base ?? 'main';
  const [baseSha, headSha] = await Promise.all([
    repo.git.resolve(`refs/heads/${baseRef}`),
    fetchHead(state, repo, { headRepo: input.headRepo ?? repo.fullName, headRef: input.head }),
  ]);
  if (baseSha === undefined || headSha === undefined) throw new Error(`no branch ${baseRef} or ${input.head}`);
  const now = state.now();
  const ends = { baseRef, headRef: input.head, baseSha, headSha };
  const pull = {
    ...{ id: state.nextId(), number: nextNumber(repo), title: input.title, body: input.body ?? null },
    ...{ author: input.author, draft: input.draft ?? false, state: 'open' as const, merged: false, ...ends },
    ...{ createdAt: now, updatedAt: now, closedAt: null, headRepo: input.headRepo ?? repo.fullName },
    labels: [...(input.labels ?? [])],
  };
  return { pull, reviews: [], reviewComments: [], issueComments: [], resolved: new Map() };
}

async function toCommit(state: State, repo: RepoState, id: string): Promise<Json> {
  const [head = '', ...names] = (
    await repo.git.run('show', '-z', '--name-status', '--no-renames', '--format=%T%n%cI%n%cn%n%ce%n%B%x00', id)
  )
    .toString('utf8')
    .split('\0');
  const [tree, timestamp, name, email, ...message] = head.split('\n');
  const fields = names.map((field) => field.trim()).filter((field) => field !== '');
  const by = (letter: string): string[] => fields.filter((_, at) => at % 2 === 1 && fields[at - 1] === letter);
  const person = { name, email, username: name };
  return {
    id,
    tree_id: tree,
    distinct: true,
    message: message.join('\n').trim(),
    timestamp,
    url: `${state.url}/${repo.fullName}/commit/${id}`,
    author: person,
    committer: person,
    ...{ added: by('A'), removed: by('D'), modified: by('M') },
  };
}
