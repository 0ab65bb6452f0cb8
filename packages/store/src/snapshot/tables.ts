import { getTableName } from 'drizzle-orm';
import { consents, examples, feedback, memories } from '../schema/learning.ts';
import { audit, auditHead, leases, outbox, values } from '../schema/operations.ts';
import { findings, reviews } from '../schema/review.ts';
import { messages, reactions, rooms } from '../schema/room.ts';
import { consumers, deliveries, events } from '../schema/stream.ts';
import { messageLinks, people, roomViews } from '../schema/view.ts';

const ALL = [
  // Deliveries refer to events.
  ...[events, consumers, deliveries],
  ...[rooms, messages, reactions, reviews, findings],
  ...[messageLinks, roomViews, people],
  ...[memories, examples, feedback, consents],
  ...[outbox, audit, auditHead, values, leases],
];

/** Tables that a snapshot holds, referenced ones first: all but the book of migrations, which the header stands for. */
export const SNAPSHOT_TABLES: readonly string[] = ALL.map(getTableName);
