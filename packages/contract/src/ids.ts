import { randomUUID } from 'node:crypto';
import { z } from 'zod';

/** An id of one kind cannot be handed to a function that wants another kind. */
export const EventId = z.string().min(1).brand<'EventId'>();
export type EventId = z.infer<typeof EventId>;
export const RoomId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
  .brand<'RoomId'>();
export type RoomId = z.infer<typeof RoomId>;
export const MessageId = z.string().min(1).brand<'MessageId'>();
export type MessageId = z.infer<typeof MessageId>;
export const ReviewId = z.string().min(1).brand<'ReviewId'>();
export type ReviewId = z.infer<typeof ReviewId>;
export const FindingId = z.string().min(1).brand<'FindingId'>();
export type FindingId = z.infer<typeof FindingId>;
export const MemoryId = z.string().min(1).brand<'MemoryId'>();
export type MemoryId = z.infer<typeof MemoryId>;
export const ExampleId = z.string().min(1).brand<'ExampleId'>();
export type ExampleId = z.infer<typeof ExampleId>;
export const FeedbackId = z.string().min(1).brand<'FeedbackId'>();
export type FeedbackId = z.infer<typeof FeedbackId>;
export const PersonaId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
  .brand<'PersonaId'>();
export type PersonaId = z.infer<typeof PersonaId>;

/** A path-like region of the code base: starts and ends with `/`, for example `/security/auth/`. */
export const ScopeId = z
  .string()
  .regex(/^\/(?:[a-z0-9][a-z0-9._-]*\/)*$/)
  .brand<'ScopeId'>();
export type ScopeId = z.infer<typeof ScopeId>;

/** A fresh unique id, ordered by time of creation to the millisecond: `<prefix>_<hex ms>-<random>`. */
export function newId(prefix: string, now: number = Date.now()): string {
  return `${prefix}_${now.toString(16).padStart(12, '0')}${randomUUID().replaceAll('-', '').slice(0, 16)}`;
}
