import { z } from 'zod';
import { RepoName } from './change-set.ts';
import { FindingId, MemoryId, MessageId, ScopeId } from './ids.ts';

/** Something that was said or stands in the code, and that a question may be answered with. All of it is untrusted text. */
export const Passage = z.object({
  /** Unique among the passages of a question. */
  id: z.string().min(1),
  kind: z.enum(['correction', 'finding', 'message', 'code']),
  /** What may be quoted. */
  text: z.string(),
  /** What it is about in other words: path, names, the flagged code. Found by, not quoted. */
  about: z.string(),
  /** Who said it. */
  author: z.string().optional(),
  link: z.string().optional(),
  /** ISO 8601. */
  at: z.string().optional(),
  repo: RepoName.optional(),
  pr: z.number().int().positive().optional(),
  scope: ScopeId.optional(),
  path: z.string().optional(),
  /** 1-based line of the path at which `text` begins. */
  line: z.number().int().positive().optional(),
  memoryId: MemoryId.optional(),
  findingId: FindingId.optional(),
  messageId: MessageId.optional(),
});
export type Passage = z.infer<typeof Passage>;

/** A passage that answers a question, with the words of it that do. */
export const Evidence = Passage.omit({ about: true, text: true }).extend({
  quote: z.string().min(1),
  /** Share of what was asked that the passage speaks of, in [0, 1]. */
  coverage: z.number().min(0).max(1),
});
export type Evidence = z.infer<typeof Evidence>;

/** How much was looked at before an answer, or before there was none. */
export const LookedAt = z.object({
  corrections: z.number().int().nonnegative(),
  findings: z.number().int().nonnegative(),
  messages: z.number().int().nonnegative(),
  code: z.number().int().nonnegative(),
});
export type LookedAt = z.infer<typeof LookedAt>;

/** What the team knows about a question: an answer with its evidence, or an honest "I don't know". */
export const KnowledgeAnswer = z.object({
  known: z.boolean(),
  /** Markdown, safe to show. */
  text: z.string(),
  evidence: z.array(Evidence),
  lookedAt: LookedAt,
  /** The model that wrote the text; absent where it is quotes. */
  writtenBy: z.string().optional(),
});
export type KnowledgeAnswer = z.infer<typeof KnowledgeAnswer>;
