import type { CommandOutput, CommandParsed } from '@continuum/contract/command';
import { EventId } from '@continuum/contract/ids';
import type { Consent, Memory } from '@continuum/contract/learning';
import { MOST_LESSONS } from '@continuum/contract/lesson';
import { transactAndTell } from '@continuum/host/tell';
import { readLessons, toMemory, writeLessons } from '@continuum/training/lesson-file';
import { resolveConsent } from '@continuum/training/trust';
import type { TrainingRuntime } from './runtime.ts';

/** Handler of `lessons/export`: the active corrections of a repository whose authors still consent. */
export async function exportLessons(
  { store }: TrainingRuntime,
  { repo }: CommandParsed<'lessons/export'>,
): Promise<CommandOutput<'lessons/export'>> {
  const consents = await store.learning.consents();
  const all = await store.learning.memories({ repo, state: 'active', limit: MOST_LESSONS });
  const wanted = all.filter((memory) => !isOptedOut(consents, memory));
  return { jsonl: writeLessons(wanted), count: wanted.length };
}

/**
 * Handler of `lessons/import`: whoever commits a lesson vouches for it, so it counts at once. One that was revoked here stays
 * revoked. All or nothing. Throws INVALID_INPUT naming the line that is no lesson.
 */
export async function importLessons(
  runtime: TrainingRuntime,
  { repo, jsonl }: CommandParsed<'lessons/import'>,
): Promise<CommandOutput<'lessons/import'>> {
  const consents = await runtime.store.learning.consents();
  const memories = readLessons(jsonl).map((lesson) => toMemory(lesson, repo));
  const welcome = memories.filter((memory) => !isOptedOut(consents, memory));
  const added = await transactAndTell(runtime, async (store, tell) => {
    let count = 0;
    for (const memory of welcome) {
      if (!(await store.learning.addMemory(memory))) continue;
      const { id, scope, state } = memory;
      await tell('learning:memory', { memoryId: id, scope, state }, EventId.parse(`evt_${id}_imported`));
      count += 1;
    }
    return count;
  });
  return { added, known: welcome.length - added, optedOut: memories.length - welcome.length };
}

function isOptedOut(consents: readonly Consent[], { author, repo }: Memory): boolean {
  return resolveConsent(consents, { person: author.id, repo }) === 'opted-out';
}
