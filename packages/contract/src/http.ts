import { z } from 'zod';
import { RepoName } from './change-set.ts';
import { Arm } from './command.ts';
import { Finding, Review } from './finding.ts';
import { FindingId, MessageId, PersonaId, ScopeId } from './ids.ts';
import { Feedback } from './learning.ts';
import { Message, Reaction, Room } from './room.ts';

/** `GET /api/v1/rooms` */
export const RoomSummary = Room.extend({ messages: z.number().int().optional(), lastAt: z.string().optional() });
export type RoomSummary = z.infer<typeof RoomSummary>;

/** A message as people see it: with its reactions and, when it announces one, its finding. */
export const MessageView = Message.extend({
  reactions: z.array(Reaction.omit({ messageId: true })),
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
