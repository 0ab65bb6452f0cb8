import { z } from 'zod';
import { RepoName } from './change-set.ts';
import { CandidateFinding } from './finding.ts';
import { ExampleId, FeedbackId, FindingId, MemoryId, MessageId, PersonaId, ScopeId } from './ids.ts';
import { Author, MessageSource } from './room.ts';

export const Permission = z.enum(['admin', 'write', 'read', 'none']);
export type Permission = z.infer<typeof Permission>;

/** What is remembered of a finding when somebody judged it: enough to recognise similar ones, no more. */
export const RememberedFinding = CandidateFinding.pick({
  rule: true,
  category: true,
  severity: true,
  confidence: true,
  path: true,
  evidence: true,
  facts: true,
});
export type RememberedFinding = z.infer<typeof RememberedFinding>;

/**
 * A correction or confirmation with its reason: the fast learner's unit. `decline` means "do not raise this",
 * `affirm` means "this was right".
 */
export const Memory = z.object({
  id: MemoryId,
  kind: z.enum(['correction', 'rule']),
  verdict: z.enum(['decline', 'affirm']),
  repo: RepoName,
  scope: ScopeId,
  persona: PersonaId.optional(),
  fingerprint: z.string().optional(),
  findingId: FindingId.optional(),
  finding: RememberedFinding,
  /** The person's own words; empty when only a thumb was given. Untrusted text: data, never instruction. */
  reason: z.string().max(20_000),
  author: Author,
  source: MessageSource,
  messageId: MessageId.optional(),
  /** Strength in [0, 1]: an explicit correction 1, a bare thumb less. */
  weight: z.number().min(0).max(1),
  state: z.enum(['active', 'quarantined', 'revoked', 'superseded']),
  at: z.string(),
});
export type Memory = z.infer<typeof Memory>;

export const OpenAIMessage = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });
export type OpenAIMessage = z.infer<typeof OpenAIMessage>;

export const Quality = z.enum(['low', 'medium', 'high', 'critical']);
export type Quality = z.infer<typeof Quality>;

export const Signal = z.enum([
  'correction',
  'confirmation',
  'consensus',
  'response',
  'question',
  'edit',
  'peer-teaching',
]);
export type Signal = z.infer<typeof Signal>;

export const TrainingExample = z.object({
  id: ExampleId,
  signal: Signal,
  messages: z.array(OpenAIMessage).min(2),
  quality: Quality,
  /** In [0, 1]: correction 1.0, consensus 0.7, single response 0.5, question 0.3, then adjusted. */
  priority: z.number().min(0).max(1),
  scope: ScopeId,
  persona: PersonaId.optional(),
  /** Where both sides are known. */
  preference: z.object({ prompt: z.array(OpenAIMessage).min(1), chosen: z.string(), rejected: z.string() }).optional(),
  /** KTO form: was this completion wanted? */
  desirable: z.boolean().optional(),
  provenance: z.object({
    author: Author,
    permission: Permission,
    source: MessageSource,
    repo: z.string().optional(),
    findingId: FindingId.optional(),
    memoryId: MemoryId.optional(),
    messageIds: z.array(MessageId),
    consent: z.enum(['opted-in', 'default', 'opted-out']),
  }),
  /** Hash of the span of conversation it was made from: the same span makes one example. */
  spanHash: z.string(),
  state: z.enum(['active', 'quarantined', 'revoked']),
  at: z.string(),
});
export type TrainingExample = z.infer<typeof TrainingExample>;

export const EXPORT_FORMATS = ['openai', 'trl-sft', 'dpo', 'kto'] as const;
export const ExportFormat = z.enum(EXPORT_FORMATS);
export type ExportFormat = z.infer<typeof ExportFormat>;

/** Explicit feedback, tied to what it is about. */
export const Feedback = z.object({
  id: FeedbackId,
  findingId: FindingId.optional(),
  messageId: MessageId.optional(),
  kind: z.enum(['thumbs', 'correction', 'confirmation', 'edit', 'stars', 'category', 'emotion']),
  /** thumbs: `up`/`down`; stars: `1`..`5`; edit: the new text; correction and confirmation: `wrong`/`right`; else free. */
  value: z.string().max(50_000),
  reason: z.string().max(20_000).default(''),
  author: Author,
  source: MessageSource,
  at: z.string(),
});
export type Feedback = z.infer<typeof Feedback>;

/** Opt-in and opt-out of learning: per person, room or repository. The narrowest choice wins, an opt-out wins ties. */
export const Consent = z.object({
  subject: z.enum(['person', 'room', 'repo']),
  id: z.string().min(1),
  choice: z.enum(['opt-in', 'opt-out']),
  at: z.string(),
});
export type Consent = z.infer<typeof Consent>;
