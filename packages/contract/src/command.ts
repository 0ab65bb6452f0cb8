import { z } from 'zod';
import { ChangeSet, RepoName } from './change-set.ts';
import { EditorFile, GiveEditorFeedback } from './editor.ts';
import { CandidateFinding, Finding, Review } from './finding.ts';
import { ExampleId, FeedbackId, FindingId, MemoryId, MessageId, PersonaId, ReviewId, RoomId, ScopeId } from './ids.ts';
import { Intent } from './intent.ts';
import { KnowledgeAnswer } from './knowledge.ts';
import { Layer, LayerId } from './layer.ts';
import { Consent, Feedback, Memory, TrainingExample } from './learning.ts';
import { RepositoryConfig } from './repository-config.ts';
import { Author, Message, MessageSource, PersonLink, RoomView } from './room.ts';
import { SourceName } from './source.ts';
import { TrainingOptions, TrainingProgress } from './training-job.ts';

/** Which parts of learning take part in a decision; the others are left out to compare. */
export const Arm = z.enum(['none', 'memory', 'memory_no_reason', 'layer', 'both']);
export type Arm = z.infer<typeof Arm>;

const ReviewOptions = z.object({
  trigger: Review.shape.trigger.default('api'),
  arm: Arm.default('both'),
  /** Judge without storing or posting anything. */
  dryRun: z.boolean().default(false),
  /** Most findings posted; the recipe's own cap when absent. */
  cap: z.number().int().min(1).max(1000).optional(),
});

const TicketComment = z.object({
  /** As people write it: `ENG-42`. */
  ticket: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,19}-[1-9]\d{0,8}$/, 'name a ticket as its tracker shows it, such as ENG-42'),
  body: z.string().min(1).max(60_000),
  messageId: MessageId.optional(),
});
/** A channel or a person of Slack. */
const SlackId = z.string().regex(/^[A-Z0-9]{1,40}$/);

/** Every command of the system: input and output. One registry serves CLI, HTTP, MCP and personas. */
export const COMMANDS = {
  'chat/send': {
    effect: 'write',
    callers: ['operator', 'persona', 'system'],
    summary: 'Say something in a room',
    input: z.object({
      roomId: RoomId,
      author: Author,
      text: z.string().min(1).max(50_000),
      replyTo: MessageId.optional(),
      source: MessageSource.optional(),
      findingId: FindingId.optional(),
      reviewId: ReviewId.optional(),
      hop: z.number().int().optional(),
      id: MessageId.optional(),
      /** When it was said, ISO 8601; now when absent. */
      at: z.iso.datetime({ offset: true }).optional(),
    }),
    output: Message,
  },
  'knowledge/ask': {
    effect: 'read',
    callers: ['operator', 'persona', 'system'],
    summary: 'What the team knows about a question: an answer with its sources, or an honest no',
    input: z.object({
      question: z.string().trim().min(1).max(5000),
      /** Nothing of any other repository is told. */
      repo: RepoName.optional(),
      scope: ScopeId.optional(),
      /** Who is asked; the one who knows most when absent. */
      persona: PersonaId.optional(),
    }),
    output: KnowledgeAnswer.extend({ persona: PersonaId }),
  },
  'review/run': {
    effect: 'write',
    callers: ['operator', 'persona', 'system'],
    summary: 'Review a change set and say what would be, or was, posted and why',
    input: ReviewOptions.extend({
      change: ChangeSet,
      key: z.string().optional(),
      publish: z.boolean().default(false),
      /** Only what changed since an earlier head is read: the lines of the new files that did, by path. */
      since: z
        .object({ head: z.string(), lines: z.record(z.string(), z.array(z.number().int().positive())) })
        .optional(),
      /** The repository's own terms. */
      terms: RepositoryConfig.optional(),
      intent: Intent.optional(),
      /** Told to the readers of the review, one sentence each. */
      notes: z.array(z.string()).default([]),
      /** Login of who pushed. */
      by: z.string().optional(),
      /** Judge these, which a tool in CI found on the change, and look for nothing else. */
      claims: z.array(CandidateFinding).max(1000).optional(),
    }),
    output: z.object({ review: Review, findings: z.array(Finding) }),
  },
  'review/results': {
    effect: 'write',
    callers: ['operator', 'system'],
    summary: 'Judge what a tool in CI found on a commit like any other finding',
    input: z.object({
      repo: RepoName,
      pr: z.number().int().positive().optional(),
      head: z.string().min(7).max(64),
      tool: z.string().min(1).max(100),
      outcome: z.enum(['success', 'failure', 'neutral']),
      findings: z.array(CandidateFinding).max(1000),
      url: z.url().optional(),
    }),
    output: z.object({
      reviewId: ReviewId.optional(),
      posted: z.number().int(),
      withheld: z.number().int(),
      /** Why nothing was judged. */
      because: z.string().optional(),
    }),
  },
  'review/pull-request': {
    effect: 'write',
    callers: ['operator', 'persona', 'system'],
    summary: 'Read a pull request and review it: what changed since the last review, or all of it',
    input: z.object({
      repo: RepoName,
      pr: z.number().int().positive(),
      /** Everything again, drafts and skipped ones too: somebody asked for it under this key. */
      anew: z.string().optional(),
      /** Login of who pushed. */
      by: z.string().optional(),
    }),
    output: z.object({
      reviewId: ReviewId.optional(),
      /** Why there is no review. */
      because: z.string().optional(),
    }),
  },
  'feedback/give': {
    effect: 'write',
    callers: ['operator', 'system'],
    summary: 'Judge a finding or a message: thumbs, correction, confirmation, edit',
    input: Feedback.omit({ id: true, at: true, source: true }).extend({
      /** Given twice under one id, feedback is given once. */
      id: FeedbackId.optional(),
      source: MessageSource.optional(),
    }),
    output: Feedback.extend({ learned: z.enum(['active', 'quarantined', 'nothing']) }),
  },
  'editor/review': {
    effect: 'write',
    callers: ['operator', 'system'],
    summary: 'Review one file as it stands in an editor; the same file again is the same review',
    input: EditorFile,
    output: z.object({ review: Review, findings: z.array(Finding) }),
  },
  'editor/feedback': {
    effect: 'write',
    callers: ['operator', 'system'],
    summary: 'Say what somebody did with a suggestion in an editor: accepted, modified, dismissed',
    input: GiveEditorFeedback,
    output: Feedback.extend({ learned: z.enum(['active', 'quarantined', 'nothing']) }),
  },
  'finding/discuss': {
    effect: 'write',
    callers: ['operator', 'persona', 'system'],
    summary: 'Say something about a finding in its thread, which begins with the first word said',
    input: z.object({
      findingId: FindingId,
      author: Author,
      text: z.string().min(1).max(50_000),
      source: MessageSource.optional(),
    }),
    output: Message,
  },
  'scope/enter': {
    effect: 'write',
    callers: ['operator', 'persona', 'system'],
    summary: 'Load the expertise of a scope for a persona',
    input: z.object({ persona: PersonaId, scope: ScopeId }),
    output: z.object({
      persona: PersonaId,
      scope: ScopeId,
      chain: z.array(ScopeId),
      memories: z.number().int(),
      layers: z.array(z.string()),
    }),
  },
  'layers/list': {
    effect: 'read',
    callers: ['operator', 'persona', 'system'],
    summary: 'Layers and where they stand, newest first',
    input: z.object({ scope: ScopeId.optional(), state: Layer.shape.state.optional() }),
    output: z.array(Layer),
  },
  'layers/train': {
    effect: 'write',
    callers: ['operator', 'system'],
    summary: 'Train a layer for a scope from its examples, and put it through the gates',
    input: z.object({
      scope: ScopeId,
      options: TrainingOptions.partial().default({}),
      /** Answer when the layer stands where its gates put it, and not when the job is queued. */
      wait: z.boolean().default(false),
    }),
    output: z.object({ jobId: z.string(), progress: TrainingProgress, layer: Layer.optional() }),
  },
  'layers/cancel': {
    effect: 'write',
    callers: ['operator', 'system'],
    summary: 'Stop a training job; its checkpoint stays',
    input: z.object({ jobId: z.string() }),
    output: TrainingProgress,
  },
  'layers/promote': {
    effect: 'write',
    callers: ['operator', 'system'],
    summary: 'Move a layer one step towards active: candidate, shadow, canary, active',
    input: z.object({ id: LayerId, to: Layer.shape.state.optional() }),
    output: Layer,
  },
  'layers/rollback': {
    effect: 'write',
    callers: ['operator', 'system'],
    summary: 'Make the layer that was active before the active one again',
    input: z.object({ id: LayerId }),
    output: z.object({ scope: ScopeId, archived: Layer, active: Layer.optional() }),
  },
  'layers/export': {
    effect: 'write',
    callers: ['operator'],
    summary: 'Write a layer as one signed bundle file',
    input: z.object({ id: LayerId, file: z.string().min(1) }),
    output: z.object({ file: z.string() }),
  },
  'layers/import': {
    effect: 'write',
    callers: ['operator'],
    summary: 'Take a layer bundle in as a candidate; its signer has to be trusted',
    input: z.object({ file: z.string().min(1), trust: z.array(z.string()).default([]) }),
    output: Layer,
  },
  'scope/leave': {
    effect: 'write',
    callers: ['operator', 'persona', 'system'],
    summary: 'Release the layers a persona holds for its scope',
    input: z.object({ persona: PersonaId }),
    output: z.object({ persona: PersonaId, released: z.array(LayerId) }),
  },
  'examples/list': {
    effect: 'read',
    callers: ['operator', 'system'],
    summary: 'Training examples of a scope, newest first',
    input: z.object({
      scope: ScopeId.optional(),
      state: TrainingExample.shape.state.optional(),
      limit: z.number().int().min(1).max(1000).default(100),
    }),
    output: z.array(TrainingExample),
  },
  'examples/export': {
    effect: 'read',
    callers: ['operator', 'system'],
    summary: 'Active examples as JSON Lines for training, redacted of secrets',
    input: z.object({ scope: ScopeId.optional(), format: z.enum(['openai', 'trl-sft', 'dpo', 'kto']) }),
    output: z.object({ jsonl: z.string(), count: z.number().int() }),
  },
  'examples/approve': {
    effect: 'write',
    callers: ['operator'],
    summary: 'Take a quarantined example and its memory into learning',
    input: z.object({ id: ExampleId, by: Author }),
    output: TrainingExample,
  },
  'examples/revoke': {
    effect: 'write',
    callers: ['operator'],
    summary: 'Remove an example and what was learned from it',
    input: z.object({ id: ExampleId, by: Author }),
    output: TrainingExample,
  },
  'memory/list': {
    effect: 'read',
    callers: ['operator', 'persona', 'system'],
    summary: 'What was learned from corrections, newest first',
    input: z.object({
      repo: RepoName.optional(),
      scope: ScopeId.optional(),
      state: Memory.shape.state.optional(),
      limit: z.number().int().min(1).max(5000).default(100),
    }),
    output: z.array(Memory),
  },
  'memory/revoke': {
    effect: 'write',
    callers: ['operator'],
    summary: 'Forget one correction',
    input: z.object({ id: MemoryId, by: Author }),
    output: Memory,
  },
  'lessons/export': {
    effect: 'read',
    callers: ['operator', 'system'],
    summary: 'The active corrections of a repository as lines that it can keep',
    input: z.object({ repo: RepoName }),
    output: z.object({ jsonl: z.string(), count: z.number().int() }),
  },
  'lessons/import': {
    effect: 'write',
    callers: ['operator', 'system'],
    summary: 'Take in the corrections that a repository keeps; what is known stays as it is',
    input: z.object({ repo: RepoName, jsonl: z.string().max(20_000_000) }),
    output: z.object({ added: z.number().int(), known: z.number().int(), optedOut: z.number().int() }),
  },
  'people/link': {
    effect: 'write',
    callers: ['operator'],
    summary: 'Say who somebody on a source is: they teach under that login from now on',
    input: PersonLink.omit({ by: true, at: true }),
    output: PersonLink,
  },
  'people/unlink': {
    effect: 'write',
    callers: ['operator'],
    summary: 'Forget who somebody on a source is',
    input: PersonLink.pick({ kind: true, externalId: true }),
    output: PersonLink.pick({ kind: true, externalId: true }),
  },
  'people/list': {
    effect: 'read',
    callers: ['operator'],
    summary: 'Who is known on which source, and who vouches for it',
    input: z.object({}),
    output: z.array(PersonLink),
  },
  'people/claim': {
    effect: 'write',
    callers: ['operator', 'system'],
    summary: 'Somebody on a source claims a login: answers with the code that the login has to say on the code host',
    input: PersonLink.omit({ by: true, at: true }),
    output: z.object({ code: z.string(), expiresAt: z.string() }),
  },
  'people/prove': {
    effect: 'write',
    callers: ['system'],
    summary: 'A login said the code of a claim on the code host: from now on they are one person',
    input: z.object({ kind: SourceName, login: z.string().min(1).max(100), code: z.string().min(1).max(100) }),
    output: PersonLink,
  },
  'rooms/connect': {
    effect: 'write',
    callers: ['operator'],
    summary: 'Show a room in a place outside, such as a channel',
    input: RoomView.omit({ at: true, title: true }).extend({ title: z.string().max(200).optional() }),
    output: RoomView,
  },
  'rooms/views': {
    effect: 'read',
    callers: ['operator', 'system'],
    summary: 'Places in which rooms are shown',
    input: z.object({ roomId: RoomId.optional() }),
    output: z.array(RoomView),
  },
  'consent/set': {
    effect: 'write',
    callers: ['operator', 'system'],
    summary: 'Opt a person, room or repository in or out of learning',
    input: Consent.omit({ at: true }),
    output: Consent,
  },
  'deliveries/replay': {
    effect: 'write',
    callers: ['operator'],
    summary: 'Hand a kept webhook delivery on again, as if it came just now',
    input: z.object({ source: z.string().default('github'), deliveryId: z.string().min(1) }),
    output: z.object({ id: z.string(), event: z.string(), at: z.string() }),
  },
  'deliveries/reconcile': {
    effect: 'write',
    callers: ['operator', 'system'],
    summary: 'Ask a source what it could not deliver during an outage, and take it in now',
    input: z.object({
      source: z.string().default('github'),
      /** ISO 8601; where the last reconciliation ended when absent, at most 72 h back. */
      since: z.iso.datetime().optional(),
    }),
    output: z.object({
      source: z.string(),
      since: z.string(),
      until: z.string(),
      /** Never delivered, by the word of the source. */
      missed: z.number().int(),
      /** New to us and taken in. */
      accepted: z.number().int(),
    }),
  },
  'backup/create': {
    effect: 'write',
    callers: ['operator', 'system'],
    summary: 'Copy store, journal and genome into a new folder while the system runs',
    input: z.object({ folder: z.string().min(1) }),
    output: z.object({ folder: z.string(), files: z.number().int(), bytes: z.number().int(), ms: z.number().int() }),
  },
  'audit/verify': {
    effect: 'read',
    callers: ['operator'],
    summary: 'Follow the chain of the audit from its first entry to its last',
    input: z.object({}),
    output: z.object({ intact: z.boolean(), brokenAt: z.number().int().optional() }),
  },
  'github/review': {
    effect: 'external',
    callers: ['operator', 'persona', 'system'],
    summary: 'Post one review with inline comments on a pull request',
    input: z.object({ repo: RepoName, pr: z.number().int().positive(), reviewId: ReviewId }),
    output: z.object({ externalId: z.string(), comments: z.number().int() }),
  },
  'github/summary': {
    effect: 'external',
    callers: ['operator', 'persona', 'system'],
    summary: 'Create or update the summary comment of a pull request',
    input: z.object({ repo: RepoName, pr: z.number().int().positive(), reviewId: ReviewId }),
    output: z.object({ externalId: z.string() }),
  },
  'github/comment': {
    effect: 'external',
    callers: ['operator', 'persona', 'system'],
    summary: 'Comment on a pull request or answer in a review thread',
    input: z.object({
      repo: RepoName,
      pr: z.number().int().positive(),
      body: z.string().min(1).max(60_000),
      inReplyTo: z.string().optional(),
      messageId: MessageId.optional(),
    }),
    output: z.object({ externalId: z.string() }),
  },
  'github/resolve': {
    effect: 'external',
    callers: ['operator', 'persona', 'system'],
    summary: 'Close the review thread of a finding, after an answer that says why',
    input: z.object({
      repo: RepoName,
      pr: z.number().int().positive(),
      findingId: FindingId,
      /** Plain sentence; without one the thread is closed silently. */
      because: z.string().max(1_000).optional(),
    }),
    /** False for a finding that stands in no thread. */
    output: z.object({ resolved: z.boolean() }),
  },
  'github/react': {
    effect: 'external',
    callers: ['operator', 'persona', 'system'],
    summary: 'Put an emoji on a comment of a pull request',
    input: z.object({
      repo: RepoName,
      pr: z.number().int().positive(),
      commentId: z.string().regex(/^\d+$/),
      place: z.enum(['issue', 'review']),
      emoji: z.enum(['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes']),
    }),
    /** False when the comment is gone. */
    output: z.object({ done: z.boolean() }),
  },
  'github/check': {
    effect: 'external',
    callers: ['operator', 'persona', 'system'],
    summary: 'Show on a commit how its review stands',
    input: z.object({
      repo: RepoName,
      pr: z.number().int().positive(),
      head: z.string().min(1),
      state: z.enum(['in_progress', 'completed', 'skipped']),
      /** What it tells of when completed. */
      reviewId: ReviewId.optional(),
      /** Why it was skipped. */
      note: z.string().max(1_000).optional(),
    }),
    output: z.object({ externalId: z.string() }),
  },
  'linear/comment': {
    effect: 'external',
    callers: ['operator', 'persona', 'system'],
    summary: 'Comment on an issue in Linear',
    input: TicketComment,
    output: z.object({ externalId: z.string() }),
  },
  'jira/comment': {
    effect: 'external',
    callers: ['operator', 'persona', 'system'],
    summary: 'Comment on an issue in Jira',
    input: TicketComment,
    output: z.object({ externalId: z.string() }),
  },
  'slack/send': {
    effect: 'external',
    callers: ['operator', 'persona', 'system'],
    summary: 'Say something in a Slack channel or in one of its threads',
    input: z.object({
      channel: SlackId,
      /** Markdown. */
      text: z.string().min(1).max(200_000),
      /** Who speaks. */
      author: z.string().min(1).max(80).default('Continuum'),
      /** Any message of the room whose thread it belongs to. */
      thread: MessageId.optional(),
      /** The message of the room that is shown there; one that tells of a finding comes with its buttons. */
      messageId: MessageId.optional(),
    }),
    output: z.object({ externalId: z.string() }),
  },
  'slack/update': {
    effect: 'external',
    callers: ['operator', 'persona', 'system'],
    summary: 'Show a message in Slack as it stands in its room now',
    input: z.object({ channel: SlackId, messageId: MessageId }),
    output: z.object({ updated: z.boolean() }),
  },
  'slack/home': {
    effect: 'external',
    callers: ['operator', 'persona', 'system'],
    summary: 'Show somebody what was learned lately, in the home tab of the app',
    input: z.object({ user: SlackId }),
    output: z.object({ sections: z.number().int() }),
  },
} as const;

/** Read changes nothing, write changes our own store, external reaches people outside and carries an idempotency key. */
export type CommandEffect = (typeof COMMANDS)[keyof typeof COMMANDS]['effect'];

export type CommandName = keyof typeof COMMANDS;
export type CommandInput<N extends CommandName> = z.input<(typeof COMMANDS)[N]['input']>;
export type CommandParsed<N extends CommandName> = z.output<(typeof COMMANDS)[N]['input']>;
export type CommandOutput<N extends CommandName> = z.output<(typeof COMMANDS)[N]['output']>;
export const CommandName = z.enum(Object.keys(COMMANDS) as [CommandName, ...CommandName[]]);

/** Who asks for a command, and so what they may do. */
export interface Caller {
  readonly kind: 'operator' | 'persona' | 'system';
  readonly id: string;
}

export interface CommandContext {
  readonly caller: Caller;
  /** External effects with the same key happen once. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

export type CommandHandler<N extends CommandName> = (
  input: CommandParsed<N>,
  context: CommandContext,
) => Promise<CommandOutput<N>>;

/** Typed, authorised, audited: the only door to effects. */
export interface Commands {
  register<N extends CommandName>(name: N, handler: CommandHandler<N>): void;
  /** Throws INVALID_INPUT when the input does not parse, FORBIDDEN when the caller may not, NOT_FOUND when nobody handles it. */
  execute<N extends CommandName>(name: N, input: CommandInput<N>, context: CommandContext): Promise<CommandOutput<N>>;
  /** The same for a name and input read back from disk or a wire: everything is parsed again. Throws INVALID_INPUT. */
  executeUntyped(name: string, input: unknown, context: CommandContext): Promise<unknown>;
  /** Performs it once, later, surviving a crash: writes it to the outbox under the key. */
  enqueue<N extends CommandName>(name: N, input: CommandInput<N>, key: string): Promise<void>;
}
