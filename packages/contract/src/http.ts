import { z } from 'zod';
import { RepoName } from './change-set.ts';
import { Arm, COMMANDS } from './command.ts';
import { ERROR_CODES } from './errors.ts';
import { EventName } from './event.ts';
import { Finding, Review } from './finding.ts';
import { EventId, FindingId, MessageId, PersonaId, ScopeId } from './ids.ts';
import { LayerState } from './layer.ts';
import { Consent, Feedback, Memory } from './learning.ts';
import { Message, MessageLink, PersonLink, Reaction, Room } from './room.ts';
import { TrainingOptions } from './training-job.ts';

/** `GET /api/v1/rooms` */
export const RoomSummary = Room.extend({ messages: z.number().int().optional(), lastAt: z.string().optional() });
export type RoomSummary = z.infer<typeof RoomSummary>;

/** A message as people see it: with its reactions and, when it announces one, its finding. */
export const MessageView = Message.extend({
  reactions: z.array(Reaction.omit({ messageId: true })),
  /** Where else it stands: it was said in one place and shown in others. */
  links: z.array(MessageLink.pick({ kind: true, url: true })),
  finding: Finding.optional(),
});
export type MessageView = z.infer<typeof MessageView>;

/** `POST /api/v1/rooms/{id}/messages` */
export const PostMessage = z.object({
  author: z.string().min(1).max(100),
  text: z.string().min(1).max(50_000),
  replyTo: MessageId.optional(),
});
export type PostMessage = z.infer<typeof PostMessage>;

/** `POST /api/v1/ask` */
export const PostAsk = COMMANDS['knowledge/ask'].input.strict();
export type PostAsk = z.infer<typeof PostAsk>;

const ReviewTuning = z.object({
  arm: Arm.optional(),
  dryRun: z.boolean().optional(),
  cap: z.number().int().min(1).max(1000).optional(),
});

/** `POST /api/v1/reviews`: a range of a git repository on this machine, or a patch. */
export const PostReview = z.union([
  ReviewTuning.extend({
    /** Absolute folder of a git work tree on the server's machine. */
    repo: z.string().min(1),
    base: z.string().min(1),
    head: z.string().min(1),
    /** `owner/name` under which it is remembered; `local/<folder>` when absent. */
    name: RepoName.optional(),
  }).strict(),
  ReviewTuning.extend({
    patch: z.string().min(1),
    repo: RepoName.optional(),
    title: z.string().max(500).optional(),
  }).strict(),
]);
export type PostReview = z.infer<typeof PostReview>;

export const ReviewAnswer = z.object({ review: Review, findings: z.array(Finding) });
export type ReviewAnswer = z.infer<typeof ReviewAnswer>;

/** `POST /api/v1/feedback` */
export const PostFeedback = z
  .object({
    findingId: FindingId.optional(),
    messageId: MessageId.optional(),
    kind: Feedback.shape.kind,
    value: Feedback.shape.value,
    author: z.string().min(1).max(100),
    reason: z.string().max(20_000).optional(),
  })
  .strict()
  .refine((body) => (body.findingId === undefined) !== (body.messageId === undefined), {
    message: 'give exactly one of findingId and messageId',
  });
export type PostFeedback = z.infer<typeof PostFeedback>;

/** `POST /api/v1/scopes/enter` */
export const PostEnterScope = z.object({ persona: PersonaId, scope: ScopeId }).strict();

/** `POST /api/v1/scopes/leave` */
export const PostLeaveScope = z.object({ persona: PersonaId }).strict();

/** `POST /api/v1/layers/train`; the answer comes when the job is in line, or with `wait` when its layer stands. */
export const PostTrain = z
  .object({ scope: ScopeId, options: TrainingOptions.partial().optional(), wait: z.boolean().optional() })
  .strict();
export type PostTrain = z.infer<typeof PostTrain>;

/** `POST /api/v1/layers/{id}/promote` */
export const PostPromote = z.object({ to: LayerState.optional() }).strict();

/** `POST /api/v1/layers/{id}/export` and `POST /api/v1/layers/import`: an absolute path on the server's machine. */
export const PostExport = z.object({ file: z.string().min(1) }).strict();
export const PostImport = PostExport.extend({ trust: z.array(z.string()).optional() }).strict();

/** `GET /api/v1/metrics/learning`: LOOP-5, per persona and scope and day. */
export const HeadlineMetrics = z.object({
  persona: z.string(),
  scope: z.string(),
  posted: z.number().int(),
  addressedRate: z.number().nullable(),
  humanCorrectionRate: z.number().nullable(),
  repeatAfterDeclineRate: z.number().nullable(),
  /** Of the posted findings with a known outcome, those confirmed or addressed. */
  precision: z.number().nullable(),
  /** Of the findings known to be wanted, those posted. */
  recall: z.number().nullable(),
});
export type HeadlineMetrics = z.infer<typeof HeadlineMetrics>;

/** `GET /readyz` */
export const Readiness = z.object({ ready: z.boolean(), checks: z.record(z.string(), z.string()) });
export type Readiness = z.infer<typeof Readiness>;

const PersonName = z.string().trim().min(1).max(100);

/** `POST /api/v1/findings/{id}/messages` */
export const PostFindingMessage = z.object({ author: PersonName, text: z.string().min(1).max(50_000) }).strict();

/** The body of every error answer. */
export const ErrorBody = z.object({
  error: z.object({ code: z.enum(ERROR_CODES), message: z.string(), next: z.string().optional() }),
});
export type ErrorBody = z.infer<typeof ErrorBody>;

/** `GET /api/v1/findings/{id}`: the finding with its why, the memories that the why names, and what people said of it. */
export const FindingDetail = Finding.extend({
  memories: z.array(Memory),
  feedback: z.array(Feedback),
  messageId: MessageId.optional(),
});
export type FindingDetail = z.infer<typeof FindingDetail>;

/** `POST /api/v1/messages/{id}/reactions` */
export const PostReaction = z.object({ author: PersonName, emoji: z.string().min(1).max(64) }).strict();
export type PostReaction = z.infer<typeof PostReaction>;

/** `POST /api/v1/examples/{id}/approve|revoke` and `POST /api/v1/memories/{id}/revoke` */
export const PostDecision = z.object({ author: PersonName }).strict();
export type PostDecision = z.infer<typeof PostDecision>;

/** `POST /api/v1/consent` */
export const PostConsent = Consent.omit({ at: true }).strict();
export type PostConsent = z.infer<typeof PostConsent>;

/** `GET /api/v1/events`: one server-sent event, its id the event's id. */
export const EventView = z.object({
  id: EventId,
  name: EventName,
  payload: z.unknown(),
  at: z.string(),
  causationId: EventId.optional(),
});
export type EventView = z.infer<typeof EventView>;

/** `GET /api/v1/dead-letters`: an event its consumer gave up on, or, with consumer `outbox`, an external effect. */
export const DeadLetterView = z.object({
  consumer: z.string(),
  id: z.string(),
  /** Name of the event or the command. */
  name: z.string(),
  payload: z.unknown(),
  deliveries: z.number().int(),
  error: z.string(),
  at: z.string(),
});
export type DeadLetterView = z.infer<typeof DeadLetterView>;

/** `POST /api/v1/dead-letters/replay` */
export const PostReplay = z.object({ consumer: z.string().min(1), id: z.string().min(1) }).strict();
export type PostReplay = z.infer<typeof PostReplay>;

/** `GET /api/v1/audit` */
export const AuditView = z.object({
  seq: z.number().int(),
  at: z.string(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
  hash: z.string(),
});
export type AuditView = z.infer<typeof AuditView>;

/** `GET /api/v1/audit/verify` */
export const AuditState = COMMANDS['audit/verify'].output;
export type AuditState = z.infer<typeof AuditState>;

/** `POST /api/v1/deliveries/reconcile` and `POST /api/v1/deliveries/replay` */
export const PostReconcile = COMMANDS['deliveries/reconcile'].input.strict();
export const PostDeliveryReplay = COMMANDS['deliveries/replay'].input.strict();
export const ReconcileAnswer = COMMANDS['deliveries/reconcile'].output;
export type ReconcileAnswer = z.infer<typeof ReconcileAnswer>;
export const DeliveryReplayed = COMMANDS['deliveries/replay'].output;
export type DeliveryReplayed = z.infer<typeof DeliveryReplayed>;

/** A target of external effects as the process that performs them last found it. */
export const TargetView = z.object({
  /** First word of its commands, such as `github`; `event` is our own bus. */
  target: z.string(),
  state: z.enum(['closed', 'open', 'half-open']),
  /** Failures in a row. */
  failures: z.number().int(),
  /** When it is asked again, ISO 8601; absent while closed. */
  probeAt: z.string().optional(),
  error: z.string().optional(),
  at: z.string(),
});
export type TargetView = z.infer<typeof TargetView>;

/** `GET /api/v1/operations`: what waits, what is stuck, who is there. */
export const OperationsView = z.object({
  at: z.string(),
  /** Events waiting or in flight, by durable consumer. */
  backlog: z.record(z.string(), z.number().int()),
  outbox: z.object({
    pending: z.number().int(),
    running: z.number().int(),
    done: z.number().int(),
    dead: z.number().int(),
  }),
  targets: z.array(TargetView),
  /** Bytes of deliveries that are durable and not handed on yet; absent where this process takes none in. */
  journalPendingBytes: z.number().int().optional(),
  /** Processes of this deployment that renew a lease of theirs; empty for one process alone. */
  processes: z.array(z.object({ name: z.string(), holder: z.string(), until: z.string() })),
  /** What was reconciled last, by source. */
  reconciled: z.array(z.object({ source: z.string(), until: z.string() })),
});
export type OperationsView = z.infer<typeof OperationsView>;

/** `POST /api/v1/people` and `POST /api/v1/people/claims`; `author` is who vouches. */
export const PostPerson = PersonLink.omit({ by: true, at: true }).extend({ author: PersonName.optional() }).strict();
export type PostPerson = z.infer<typeof PostPerson>;
/** `POST /api/v1/people/unlink` */
export const PostUnlink = COMMANDS['people/unlink'].input.strict();
export type PostUnlink = z.infer<typeof PostUnlink>;
export const ClaimAnswer = COMMANDS['people/claim'].output;
export type ClaimAnswer = z.infer<typeof ClaimAnswer>;

/** `POST /api/v1/rooms/{id}/views` */
export const PostRoomView = COMMANDS['rooms/connect'].input.omit({ roomId: true }).strict();
export type PostRoomView = z.infer<typeof PostRoomView>;

/** `POST /api/v1/lessons`; the other way is `GET /api/v1/lessons.jsonl?repo=`. */
export const PostLessons = COMMANDS['lessons/import'].input.strict();
export type PostLessons = z.infer<typeof PostLessons>;
export const LessonsTaken = COMMANDS['lessons/import'].output;
export type LessonsTaken = z.infer<typeof LessonsTaken>;
