import { z } from 'zod';
import { RepoName } from './change-set.ts';
import { FindingId, MemoryId, PersonaId, ReviewId, ScopeId } from './ids.ts';

export const Severity = z.enum(['critical', 'high', 'medium', 'low', 'info']);
export type Severity = z.infer<typeof Severity>;
/** Higher is worse. */
export const SEVERITY_RANK: Record<Severity, number> = { critical: 4, high: 3, medium: 2, low: 1, info: 0 };

/** A check run fails when a finding of this severity or a worse one is open. */
export const FailOn = z.union([Severity, z.literal('never')]);
export type FailOn = z.infer<typeof FailOn>;

export const Category = z.enum(['security', 'secret', 'licence', 'correctness', 'maintainability', 'style']);
export type Category = z.infer<typeof Category>;

export const PathClass = z.enum([
  'source',
  'test',
  'example',
  'build-output',
  'build-script',
  'command-line',
  'vendored',
  'configuration',
  'documentation',
]);
export type PathClass = z.infer<typeof PathClass>;

/** How the flagged expression is used where it stands. */
export const Role = z.enum([
  'read',
  'assigned',
  'called',
  'argument',
  'loop-index',
  'key',
  'returned',
  'declared',
  'interpolated',
  'other',
]);
export type Role = z.infer<typeof Role>;

/** Where a value comes from, traced inside its file. */
export const Origin = z.enum([
  'literal',
  'constant',
  'parameter',
  'request',
  'environment',
  'own-directory',
  'configuration',
  'file-content',
  'loop-variable',
  'call-result',
  'property',
  'unknown',
]);
export type Origin = z.infer<typeof Origin>;

/** Structural facts read off the syntax tree: what decisions, memory and models use instead of raw text. */
export const Facts = z.object({
  language: z.string(),
  pathClass: PathClass,
  role: Role,
  /** Origins of the values that matter for the rule, sorted, without repeats. */
  origins: z.array(Origin),
  /** Checks around the expression, for example `own-property`, `prototype-key`, `type-check`, `allow-list`, `path-prefix`, `try`. */
  guards: z.array(z.string()),
  /** Sanitizers on the way, for example `escape-html`, `parameterized`, `encode-uri`, `path-basename`, `regex-escape`, `integer`. */
  sanitizers: z.array(z.string()),
  /** The nearest enclosing constructs, innermost first: `loop`, `function`, `method`, `class`, `callback`, `test-case`, `module`. */
  enclosing: z.array(z.string()),
  /** Name of the enclosing function, empty at module level. */
  functionName: z.string(),
  /** The enclosing function (or the expression itself) can be reached from other modules. */
  exported: z.boolean(),
  /** The called or assigned name at the sink, for example `child_process.exec`, `eval`, `db.query`. */
  callee: z.string(),
  /** Frameworks the file imports, for example `express`, `react`. */
  frameworks: z.array(z.string()),
});
export type Facts = z.infer<typeof Facts>;

export const Suggestion = z.object({
  /** 1-based, inclusive. */
  startLine: z.number().int().positive(),
  endLine: z.number().int().positive(),
  replacement: z.string(),
});
export type Suggestion = z.infer<typeof Suggestion>;

/** What an analyzer or a model claims, before anybody judged it. */
export const CandidateFinding = z.object({
  /** Stable rule id, `<analyzer>/<rule>`, for example `ast/js-command-injection`. */
  rule: z.string().regex(/^[a-z0-9-]+\/[\w@./-]+$/),
  category: Category,
  severity: Severity,
  /** How sure the analyzer is by itself, in [0, 1]. */
  confidence: z.number().min(0).max(1),
  path: z.string(),
  /** 1-based lines of the new file, inclusive. */
  line: z.number().int().positive(),
  endLine: z.number().int().positive(),
  column: z.number().int().positive().default(1),
  /** The source text the claim is about, exactly as it stands; secrets redacted. */
  evidence: z.string(),
  title: z.string(),
  message: z.string(),
  cwe: z
    .string()
    .regex(/^CWE-\d+$/)
    .optional(),
  facts: Facts,
  suggestion: Suggestion.optional(),
  /** Which analyzers or models claimed it; more than one raises confidence. */
  claimedBy: z.array(z.string()).default([]),
  references: z.array(z.string()).default([]),
});
export type CandidateFinding = z.infer<typeof CandidateFinding>;

/** One step of the answer to "why was this posted or withheld?". */
export const Reason = z.object({
  kind: z.enum([
    'analyzer',
    'facts',
    'declined',
    'memory',
    'rule',
    'layer',
    'consensus',
    'model',
    'threshold',
    'cap',
    'duplicate',
    'path',
  ]),
  /** One sentence a person understands. */
  text: z.string(),
  /** Contribution to the log-odds of posting, when the step has one. */
  weight: z.number().optional(),
  memoryId: MemoryId.optional(),
  findingId: FindingId.optional(),
  author: z.string().optional(),
  /** Where the person said it. */
  link: z.string().optional(),
});
export type Reason = z.infer<typeof Reason>;

export const Judgement = z.object({
  verdict: z.enum(['post', 'skip']),
  /** Probability that this team wants to see the finding, in [0, 1]. */
  score: z.number().min(0).max(1),
  why: z.array(Reason),
});
export type Judgement = z.infer<typeof Judgement>;

export const FindingStatus = z.enum(['posted', 'withheld', 'declined', 'confirmed', 'resolved', 'addressed']);
export type FindingStatus = z.infer<typeof FindingStatus>;

export const Finding = CandidateFinding.extend({
  id: FindingId,
  reviewId: ReviewId,
  repo: RepoName,
  pr: z.number().int().positive().optional(),
  /** The same claim keeps it when lines shift or the file is reformatted. */
  fingerprint: z.string(),
  persona: PersonaId,
  scope: ScopeId,
  judgement: Judgement,
  status: FindingStatus,
  /** Set when the finding was not posted. */
  withheldBecause: z.enum(['judgement', 'declined', 'cap', 'threshold', 'duplicate', 'path']).optional(),
  /** Where people see it on the code host. */
  url: z.string().optional(),
  /** Id of the comment on the code host. */
  externalId: z.string().optional(),
  /** ISO 8601. */
  at: z.string(),
});
export type Finding = z.infer<typeof Finding>;

export const Review = z.object({
  id: ReviewId,
  repo: RepoName,
  pr: z.number().int().positive().optional(),
  base: z.string().optional(),
  head: z.string().optional(),
  title: z.string(),
  trigger: z.enum(['webhook', 'api', 'cli', 'editor', 'command', 'ci']),
  /** Whoever asks twice for the same key gets the same review. */
  key: z.string(),
  status: z.enum(['running', 'done', 'failed']),
  stats: z.object({
    files: z.number().int(),
    addedLines: z.number().int(),
    candidates: z.number().int(),
    posted: z.number().int(),
    withheld: z.number().int(),
    ms: z.number(),
  }),
  skipped: z.array(z.object({ path: z.string(), reason: z.string(), detail: z.string().optional() })),
  /** Set when only what changed since an earlier head was read. */
  since: z.object({ head: z.string(), untouched: z.number().int() }).optional(),
  /** Pieces in which a large change was read, the most dangerous files first. */
  parts: z.number().int().optional(),
  /** What the change is for, as people say it: untrusted text. */
  intent: z
    .object({ title: z.string(), tickets: z.array(z.object({ key: z.string(), title: z.string(), url: z.string() })) })
    .optional(),
  /** What its readers should know besides, one sentence each; may quote untrusted text. */
  notes: z.array(z.string()).optional(),
  /** The repository's own term for its check run. */
  failOn: FailOn.optional(),
  error: z.string().optional(),
  at: z.string(),
});
export type Review = z.infer<typeof Review>;
