import { z } from 'zod';
import { MemoryId, PersonaId, ScopeId } from './ids.ts';
import { Memory, RememberedFinding } from './learning.ts';
import { MessageSource } from './room.ts';

/**
 * One line of `.continuum/lessons.jsonl`: a correction as a repository keeps it, read and committed like code. It names no
 * repository, so that a fork or a new name keeps what was learned.
 */
export const LessonRecord = z.strictObject({
  /** Version of this format. */
  v: z.literal(1),
  id: MemoryId,
  /** ISO 8601. */
  at: z.iso.datetime({ offset: true }),
  /** Login of who taught it. */
  by: z.string().min(1).max(100),
  kind: Memory.shape.kind,
  verdict: Memory.shape.verdict,
  reason: Memory.shape.reason,
  weight: Memory.shape.weight,
  scope: ScopeId,
  persona: PersonaId.optional(),
  /** Of the finding that was judged: exactly that one never comes back once it is declined. */
  fingerprint: z.string().max(200).optional(),
  finding: RememberedFinding,
  source: z.strictObject({ kind: MessageSource.shape.kind, url: z.string().max(2000).optional() }),
});
export type LessonRecord = z.infer<typeof LessonRecord>;

/** Where a repository keeps its lessons. */
export const LESSONS_FILE = '.continuum/lessons.jsonl';

/** Lessons that one file may hold: what a judgement looks at. */
export const MOST_LESSONS = 5000;
