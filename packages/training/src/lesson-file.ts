import type { RepoName } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import type { Memory } from '@continuum/contract/learning';
import { LessonRecord, MOST_LESSONS } from '@continuum/contract/lesson';
import { redactSecrets } from './redact.ts';

/**
 * Corrections as JSON Lines that a repository can keep: oldest first, so that a file only grows at its end; fields always in
 * the same order, so that a line that did not change does not differ. Secrets in people's words are redacted.
 */
export function writeLessons(memories: readonly Memory[]): string {
  const oldestFirst = memories.toSorted((a, b) => order(a.at, b.at) || order(a.id, b.id));
  return oldestFirst.map((memory) => `${JSON.stringify(toRecord(memory))}\n`).join('');
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function toRecord(memory: Memory): LessonRecord {
  const { id, at, author, kind, verdict, reason, weight, scope, persona, fingerprint, finding, source } = memory;
  return LessonRecord.parse({
    v: 1,
    ...{ id, at, by: author.id, kind, verdict, reason: redactSecrets(reason), weight, scope, persona, fingerprint },
    finding: { ...finding, evidence: redactSecrets(finding.evidence) },
    source: { kind: source.kind, url: source.url },
  });
}

/** The lessons of a file, an id that stands twice taken once. Throws INVALID_INPUT with the number of the first line that is none. */
export function readLessons(text: string): LessonRecord[] {
  const lessons = new Map<string, LessonRecord>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const lesson = readLine(line, index + 1);
    lessons.set(lesson.id, lesson);
  }
  if (lessons.size <= MOST_LESSONS) return [...lessons.values()];
  throw new ContinuumError('INVALID_INPUT', `${lessons.size} lessons are more than the ${MOST_LESSONS} that are used`, {
    next: 'Remove the oldest lines.',
  });
}

function readLine(line: string, number: number): LessonRecord {
  const parsed = LessonRecord.safeParse(parseJson(line));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'line'}: ${message}`);
  throw new ContinuumError('INVALID_INPUT', `line ${number} is no lesson: ${problems.slice(0, 3).join('; ')}`, {
    next: 'Correct or remove the line; one made by a newer version needs that version.',
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A lesson as something that counts in a repository. */
export function toMemory(lesson: LessonRecord, repo: RepoName): Memory {
  const { id, at, by, kind, verdict, reason, weight, scope, persona, fingerprint, finding, source } = lesson;
  return {
    ...{ id, kind, verdict, repo, scope, finding, reason, weight, at },
    ...(persona === undefined ? {} : { persona }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    author: { kind: 'person', id: by, name: by },
    source: source.url === undefined ? { kind: source.kind } : { kind: source.kind, url: source.url },
    state: 'active',
  };
}
