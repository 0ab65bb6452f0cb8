import type { FindingId, MessageId, ReviewId, RoomId, ScopeId } from '@continuum/contract/ids';
import type { Author, Message, MessageSource } from '@continuum/contract/room';
import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { json, serial } from './columns.ts';
import { wordsOf } from './words.ts';

export const rooms = pgTable('rooms', {
  seq: serial(),
  id: text().$type<RoomId>().primaryKey(),
  title: text().notNull(),
  scope: text().$type<ScopeId>().notNull(),
  at: text().notNull(),
});

export const messages = pgTable(
  'messages',
  {
    seq: serial(),
    id: text().$type<MessageId>().primaryKey(),
    roomId: text().$type<RoomId>().notNull(),
    threadId: text().$type<MessageId>(),
    replyTo: text().$type<MessageId>(),
    author: json().$type<Author>().notNull(),
    text: text().notNull(),
    sourceKind: text().$type<Message['source']['kind']>().notNull(),
    externalId: text(),
    source: json().$type<MessageSource>().notNull(),
    findingId: text().$type<FindingId>(),
    reviewId: text().$type<ReviewId>(),
    hop: integer().notNull(),
    editedAt: text(),
    at: text().notNull(),
  },
  (table) => [
    uniqueIndex().on(table.sourceKind, table.externalId),
    index().on(table.roomId, table.seq),
    index().on(table.threadId, table.seq),
    index().on(table.findingId),
    index('messages_author_index').on(sql`(author ->> 'kind')`, sql`(author ->> 'id')`, table.seq),
    index('messages_words_index').using('gin', messageWords(table)).where(sql`author ->> 'kind' = 'person'`),
  ],
);

/** What a message is found by. */
export function messageWords({ text: said }: { readonly text: AnyPgColumn }): SQL {
  return wordsOf(sql`${said}`);
}

export const reactions = pgTable(
  'reactions',
  {
    seq: serial(),
    messageId: text().$type<MessageId>().notNull(),
    authorKind: text().$type<Author['kind']>().notNull(),
    authorId: text().notNull(),
    authorName: text().notNull(),
    emoji: text().notNull(),
    at: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.messageId, table.authorKind, table.authorId, table.emoji] })],
);
