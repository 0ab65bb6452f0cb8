import type { MessageId, RoomId } from '@continuum/contract/ids';
import type { MessageLink } from '@continuum/contract/room';
import type { SourceName } from '@continuum/contract/source';
import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { serial } from './columns.ts';

export const messageLinks = pgTable(
  'message_links',
  {
    seq: serial(),
    messageId: text().$type<MessageId>().notNull(),
    kind: text().$type<MessageLink['kind']>().notNull(),
    externalId: text().notNull(),
    url: text(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.externalId] }), index().on(table.messageId)],
);

export const roomViews = pgTable(
  'room_views',
  {
    seq: serial(),
    kind: text().$type<SourceName>().notNull(),
    place: text().notNull(),
    roomId: text().$type<RoomId>().notNull(),
    title: text().notNull(),
    at: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.place] }), index().on(table.roomId)],
);

export const people = pgTable(
  'people',
  {
    seq: serial(),
    kind: text().$type<SourceName>().notNull(),
    externalId: text().notNull(),
    person: text().notNull(),
    by: text().notNull(),
    at: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.externalId] }), index().on(table.person)],
);
