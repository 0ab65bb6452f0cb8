import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { Finding } from '@continuum/contract/finding';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { subjectOf } from '../src/action/event.ts';
import { writeInside } from '../src/action/files.ts';
import { readInputs } from '../src/action/inputs.ts';
import { annotation, output } from '../src/action/workflow-commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'action-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const any = fc.string({ unit: 'binary', minLength: 1 });
const hostile = fc.oneof(
  any,
  fc.constantFrom('a\n::error::b', 'a\r::stop-commands::x', 'x##[add-mask]y', 'a%0A::b', ',file=/etc/passwd,'),
);

function finding(changes: Partial<Finding>): Finding {
  return Finding.parse({
    ...{ id: 'f', reviewId: 'r', repo: 'a/b', rule: 'ast/x', category: 'security', severity: 'high', confidence: 1 },
    ...{ path: 'a.js', line: 1, endLine: 1, evidence: 'x', title: 't', message: 'm', fingerprint: 'f', persona: 'p' },
    facts: {
      ...{ language: 'javascript', pathClass: 'source', role: 'other', origins: [], guards: [], sanitizers: [] },
      ...{ enclosing: [], functionName: '', exported: false, callee: '', frameworks: [] },
    },
    ...{ scope: '/', judgement: { verdict: 'post', score: 1, why: [] }, status: 'posted', at: '2026-01-01' },
    ...changes,
  });
}

describe('what is said to the runner', () => {
  test('an annotation is one command of one line, whatever the change says', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (path, title, message) => {
        const line = annotation(finding({ path, title, message }));
        expect(line).not.toMatch(/[\r\n]|##\[/);
        const [, named = '', ...rest] = line.split('::');
        expect(named.split(',').map((part) => part.split('=')[0])).toEqual(['error file', 'line', 'endLine', 'title']);
        expect(
          decodeURIComponent(/title=([^,]*)$/.exec(named)?.[1]?.replaceAll(/%(?!25|0A|0D|3A|2C)/g, '%25') ?? ''),
        ).toBe(title.replaceAll('##[', '## ['));
        expect(rest.length).toBeGreaterThan(0);
      }),
    );
  });

  test('an output ends where a word stands that its value cannot know', () => {
    fc.assert(
      fc.property(any, (value) => {
        const [, end = ''] = /^name<<(\S+)\n/.exec(output('name', value)) ?? [];
        expect(output('name', value)).toContain(value);
        expect(value).not.toContain(end);
      }),
    );
  });
});

describe('an event', () => {
  const sha = 'a'.repeat(40);
  const repository = { full_name: 'acme/shop' };
  const pull = (head: unknown) => ({
    repository,
    pull_request: { number: 7, title: 'T', base: { sha, ref: 'main' }, head: { sha, repo: head } },
  });

  test.each([
    ['pull_request', pull(repository), { kind: 'pull-request', pr: 7, fork: false }],
    ['pull_request', pull({ full_name: 'mallory/shop' }), { fork: true }],
    ['pull_request', pull(null), { fork: true }],
    ['pull_request_review_comment', pull(repository), { kind: 'pull-request', baseRef: 'main' }],
    ['issue_comment', { repository, issue: { number: 7, pull_request: {} } }, { kind: 'comment', pr: 7 }],
    ['push', { repository, before: sha, after: sha }, { kind: 'push', base: sha }],
  ])('%s is read', (name, payload, expected) => {
    expect(subjectOf(name, payload)).toMatchObject(expected);
  });

  test.each([
    ['issue_comment', { repository, issue: { number: 7 } }],
    ['push', { repository, before: '0'.repeat(40), after: sha }],
    ['push', { repository, before: sha, after: '0'.repeat(40), deleted: true }],
  ])('%s that asks for no review is none', (name, payload) => {
    expect(subjectOf(name, payload)).toBeUndefined();
  });

  test('any payload is a subject, none, or an error that says so', () => {
    const names = fc.constantFrom('pull_request', 'pull_request_review_comment', 'issue_comment', 'push', 'other');
    fc.assert(
      fc.property(names, fc.jsonValue(), (name, payload) => {
        try {
          subjectOf(name, payload);
        } catch (error) {
          expect(error).toBeInstanceOf(ContinuumError);
        }
      }),
    );
  });
});

describe('inputs', () => {
  const needed = { GITHUB_EVENT_NAME: 'push', GITHUB_EVENT_PATH: '/e', GITHUB_WORKSPACE: '/w' };

  test('that are empty keep their defaults', () => {
    const empty = { INPUT_FAIL_ON: '', INPUT_CAP: '', INPUT_SERVER_URL: '', INPUT_TOKEN: '', INPUT_COMMENT: '' };
    expect(readInputs({ ...needed, ...empty })).toMatchObject({
      ...{ failOn: 'never', cap: undefined, server: undefined, comment: true },
      ...{ sarifFile: 'continuum.sarif', lessonsFile: '.continuum/lessons.jsonl', github: { token: undefined } },
    });
  });

  test('that are wrong are named, and their value is not', () => {
    const wrong = { ...needed, INPUT_FAIL_ON: 'always', INPUT_SERVER_URL: 'file:///etc/shadow' };
    expect(() => readInputs(wrong)).toThrow(/INPUT_FAIL_ON.*INPUT_SERVER_URL/);
    expect(() => readInputs(wrong)).not.toThrow(/shadow/);
    expect(() => readInputs({})).toThrow(/GITHUB_EVENT_NAME/);
  });

  test('of action.yml are those that are read', () => {
    const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'action.yml'), 'utf8');
    const given = [...text.matchAll(/^ {8}(INPUT_\w+): \$\{\{ inputs\.([\w-]+) \}\}$/gm)];
    expect(given.map(([, name]) => name)).toEqual(
      given.map(([, , input = '']) => `INPUT_${input.toUpperCase().replaceAll('-', '_')}`),
    );
    const source = readFileSync(join(import.meta.dirname, '..', 'src', 'action', 'inputs.ts'), 'utf8');
    const read = [...source.matchAll(/^ {2}(INPUT_\w+): /gm)].map(([, name]) => name);
    expect(given.map(([, name]) => name).toSorted()).toEqual(read.toSorted());
    // No expression stands in a line that a shell reads.
    expect([...text.matchAll(/^ *(?:- )?run: (.*)$/gm)].filter(([, line]) => line?.includes('${{'))).toEqual([]);
  });
});

describe('a file of the workspace', () => {
  test('stays inside, whatever its name says', async () => {
    const root = join(folder, 'work');
    mkdirSync(root, { recursive: true });
    symlinkSync(folder, join(root, 'out'));
    for (const path of ['../x', '/etc/x', 'out/x', 'out/new/x', 'a/../../x']) {
      await expect(writeInside(root, path, 'x')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    const written = await writeInside(root, 'a/b/..c/report', 'text');
    expect(readFileSync(written, 'utf8')).toBe('text');
  });
});
