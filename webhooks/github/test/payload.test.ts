import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GithubEvent, parseGithubEvent } from '../src/payload.ts';
import { EXAMPLES, field, isObject } from './examples.ts';

const HANDLED: Readonly<Record<string, readonly string[] | undefined>> = {
  pull_request: ['opened', 'synchronize', 'reopened', 'ready_for_review', 'closed'],
  issue_comment: ['created', 'edited', 'deleted'],
  pull_request_review_comment: ['created', 'edited', 'deleted'],
  pull_request_review: ['submitted'],
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
    expect(handled.length).toBeGreaterThan(25);
    for (const { event, payload } of handled) check(event, payload, parseGithubEvent(event, payload));
  });
});

function check(event: string, payload: unknown, parsed: GithubEvent | undefined): void {
  expect(parsed?.repo).toBe(field(payload, 'repository', 'full_name'));
  if (parsed === undefined || parsed.kind === 'push') {
    expect(parsed).toMatchObject({ ref: field(payload, 'ref'), after: field(payload, 'after') });
    return;
  }
  expect(parsed.action).toBe(field(payload, 'action'));
  expect(parsed.pr).toBe(field(payload, 'pull_request', 'number') ?? field(payload, 'issue', 'number'));
  if (parsed.kind === 'pull_request') {
    expect(parsed.headSha).toBe(field(payload, 'pull_request', 'head', 'sha'));
    expect(parsed.author.id).toBe(field(payload, 'pull_request', 'user', 'login'));
    return;
  }
  const about = event === 'pull_request_review' ? 'review' : 'comment';
  expect(parsed.externalId).toBe(String(field(payload, about, 'id')));
  expect(parsed.body).toBe(field(payload, about, 'body') ?? '');
  expect(parsed.author.id).toBe(field(payload, about, 'user', 'login'));
  expect(parsed.author.kind).toBe(field(payload, about, 'user', 'type') === 'Bot' ? 'bot' : 'person');
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
