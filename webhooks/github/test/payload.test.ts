import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GithubEvent, parseGithubEvent } from '../src/payload.ts';
import { EXAMPLES, field, isObject } from './examples.ts';

const HANDLED: Readonly<Record<string, readonly string[] | undefined>> = {
  pull_request: ['opened', 'synchronize', 'reopened', 'ready_for_review', 'closed'],
  issue_comment: ['created', 'edited', 'deleted'],
  pull_request_review_comment: ['created', 'edited', 'deleted'],
  pull_request_review: ['submitted'],
  pull_request_review_thread: ['resolved', 'unresolved'],
  check_run: ['created', 'completed', 'rerequested', 'requested_action'],
  workflow_run: ['requested', 'in_progress', 'completed'],
  installation: ['created', 'deleted', 'suspend', 'unsuspend', 'new_permissions_accepted'],
  installation_repositories: ['added', 'removed'],
  issues: ['opened', 'edited', 'closed', 'reopened', 'deleted'],
};

function isHandled({ event, payload }: (typeof EXAMPLES)[number]): boolean {
  if (event === 'push') return true;
  if (HANDLED[event]?.includes(String(payload.action)) !== true) return false;
  return event !== 'issue_comment' || field(payload, 'issue', 'pull_request') !== undefined;
}

describe("GitHub's published payloads", () => {
  test('there are 329 of them, and each is handled or passed over, never thrown at', () => {
    expect(EXAMPLES).toHaveLength(329);
    for (const example of EXAMPLES) {
      const parsed = parseGithubEvent(example.event, example.payload);
      const what = `${example.event} ${String(example.payload.action)}`;
      expect(parsed !== undefined, what).toBe(isHandled(example));
    }
  });

  test('what is handled says the same as the payload', () => {
    const handled = EXAMPLES.filter(isHandled);
    expect(handled.length).toBeGreaterThan(60);
    for (const { event, payload } of handled) {
      const parsed = parseGithubEvent(event, payload);
      expect(parsed, event).toMatchObject(EXPECTED[event]?.(payload) ?? { kind: 'nothing to compare with' });
      if (parsed !== undefined && 'action' in parsed) expect(parsed.action).toBe(payload.action);
    }
  });
});

type Handled<K extends GithubEvent['kind']> = Extract<GithubEvent, { kind: K }>;
type Reader = (payload: unknown) => Partial<GithubEvent>;

const repo = (payload: unknown) => String(field(payload, 'repository', 'full_name'));
const number = (payload: unknown) =>
  Number(field(payload, 'pull_request', 'number') ?? field(payload, 'issue', 'number'));
const author = (user: unknown) => ({
  id: String(field(user, 'login')),
  kind: field(user, 'type') === 'Bot' ? ('bot' as const) : ('person' as const),
});
const said =
  (about: string): Reader =>
  (payload): Partial<Handled<'comment' | 'review'>> => ({
    ...{ repo: repo(payload), pr: number(payload), externalId: String(field(payload, about, 'id')) },
    ...{ body: String(field(payload, about, 'body') ?? ''), author: author(field(payload, about, 'user')) },
  });

/** What each event has to say, read off its payload in another way. */
const EXPECTED: Readonly<Record<string, Reader>> = {
  push: (payload): Partial<Handled<'push'>> => ({
    ...{ repo: repo(payload), ref: String(field(payload, 'ref')), after: String(field(payload, 'after')) },
  }),
  pull_request: (payload): Partial<Handled<'pull_request'>> => ({
    ...{ repo: repo(payload), pr: number(payload), author: author(field(payload, 'pull_request', 'user')) },
    headSha: String(field(payload, 'pull_request', 'head', 'sha')),
  }),
  issue_comment: said('comment'),
  pull_request_review_comment: said('comment'),
  pull_request_review: said('review'),
  pull_request_review_thread: (payload): Partial<Handled<'thread'>> => ({
    ...{ repo: repo(payload), pr: number(payload), sender: author(field(payload, 'sender')) },
    externalId: String(field(payload, 'thread', 'comments', '0', 'id')),
  }),
  check_run: (payload): Partial<Handled<'check_run'>> => ({
    ...{ repo: repo(payload), head: String(field(payload, 'check_run', 'head_sha')) },
    ...{
      app: String(field(payload, 'check_run', 'app', 'slug') ?? ''),
      name: String(field(payload, 'check_run', 'name')),
    },
  }),
  workflow_run: (payload): Partial<Handled<'workflow_run'>> => ({
    ...{ repo: repo(payload), head: String(field(payload, 'workflow_run', 'head_sha')) },
    branch: String(field(payload, 'workflow_run', 'head_branch')),
  }),
  installation: (payload): Partial<Handled<'installation'>> => ({
    installationId: Number(field(payload, 'installation', 'id')),
    account: String(field(payload, 'installation', 'account', 'login')),
  }),
  installation_repositories: (payload): Partial<Handled<'installation_repositories'>> => ({
    installationId: Number(field(payload, 'installation', 'id')),
    added: namesOf(field(payload, 'repositories_added')),
    removed: namesOf(field(payload, 'repositories_removed')),
  }),
  issues: (payload): Partial<Handled<'issue'>> => ({
    ...{ repo: repo(payload), number: number(payload), title: String(field(payload, 'issue', 'title')) },
  }),
};

function namesOf(list: unknown): string[] {
  return Array.isArray(list) ? list.map((one) => String(field(one, 'full_name'))) : [];
}

describe('odd payloads', () => {
  test('any field of a published payload may be anything: parsed or passed over, never thrown at', () => {
    const handled = EXAMPLES.filter(isHandled);
    fc.assert(
      fc.property(fc.constantFrom(...handled), fc.nat(), fc.jsonValue(), ({ event, payload }, pick, value) => {
        const paths = pathsOf(payload);
        const changed = replaceAt(payload, paths[pick % paths.length] ?? [], value);
        const parsed = parseGithubEvent(event, changed);
        expect(['undefined', 'string']).toContain(typeof parsed?.kind);
      }),
    );
  });

  const comment = {
    ...{ id: 7, user: null, author_association: 'NONE', body: null, html_url: 'https://x/7' },
    ...{ created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-02T00:00:00Z', path: 'a.js', line: null },
  };
  const payload = {
    action: 'edited',
    comment: { ...comment, original_line: 3, in_reply_to_id: 5 },
    pull_request: { number: 2 },
    repository: { full_name: 'acme/shop' },
    sender: { login: 'renovate[bot]' },
  };

  test('a deleted account is the ghost, an outdated comment keeps its first line, an edit its own time', () => {
    expect(parseGithubEvent('pull_request_review_comment', payload)).toEqual({
      ...{ kind: 'comment', place: 'review', repo: 'acme/shop', pr: 2, action: 'edited', externalId: '7' },
      ...{ inReplyToExternalId: '5', author: { id: 'ghost', kind: 'person' }, association: 'NONE', body: '' },
      ...{ sender: { id: 'renovate[bot]', kind: 'bot' }, url: 'https://x/7', path: 'a.js', line: 3 },
      at: '2026-01-02T00:00:00Z',
    });
  });

  test.each([
    ['pull_request', {}],
    ['pull_request', null],
    ['push', 'text'],
    ['pull_request_review_comment', { ...payload, comment: { ...comment, id: 'seven' } }],
    ['pull_request_review_comment', { ...payload, action: 'resolved' }],
    ['constructor', payload],
    ['toString', payload],
  ])('%s %# is passed over', (event, odd) => {
    expect(parseGithubEvent(event, odd)).toBeUndefined();
  });
});

/** Paths of all fields down to the third level: what the parser looks at lies there. */
function pathsOf(value: unknown, depth = 3): string[][] {
  if (!isObject(value) || depth === 0) return [];
  return Object.entries(value).flatMap(([key, below]) => [
    [key],
    ...pathsOf(below, depth - 1).map((path) => [key, ...path]),
  ]);
}
function replaceAt(value: unknown, path: readonly string[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  const copy: object = Array.isArray(value) ? [...value] : { ...(isObject(value) ? value : {}) };
  return Object.assign(copy, { [key]: replaceAt(field(value, key), rest, by) });
}
