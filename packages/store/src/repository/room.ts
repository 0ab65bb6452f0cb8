import type { MessageId } from '@continuum/contract/ids';
import type { RoomStore } from '@continuum/contract/ports/store';
import { Message, type Reaction, Room } from '@continuum/contract/room';
import { and, asc, desc, eq, gte, inArray, or, type SQL, sql } from 'drizzle-orm';
import { checked } from '../checked.ts';
import type { Context, Database } from '../connection.ts';
import { olderThan, pageSize, present } from '../rows.ts';
import { messages, reactions, rooms } from '../schema/room.ts';

/** The message of a row. */
export function toMessage(row: typeof messages.$inferSelect): Message {
  return Message.parse({ ...present(row), threadId: row.threadId, replyTo: row.replyTo });
}

function toReaction(row: typeof reactions.$inferSelect): Reaction {
  const { messageId, authorKind: kind, authorId: id, authorName: name, emoji, at } = row;
  return { messageId, author: { kind, id, name }, emoji, at };
}

function sourceColumns(source: Message['source']) {
  return { sourceKind: source.kind, externalId: source.externalId ?? null, source };
}

/** The oldest message that matches. */
export async function firstMessage(db: Database, where: SQL | undefined): Promise<Message | undefined> {
  const [row] = await db.select().from(messages).where(where).orderBy(asc(messages.seq)).limit(1);
  return row === undefined ? undefined : toMessage(row);
}

async function addMessage(db: Database, given: Message): Promise<boolean> {
  const message = checked(Message, given);
  const added = await db
    .insert(messages)
    .values({ ...message, ...sourceColumns(message.source) })
    .onConflictDoNothing()
    .returning({ id: messages.id });
  return added.length > 0;
}

async function editMessage(db: Database, id: MessageId, text: string, at: string): Promise<boolean> {
  const edited = await db
    .update(messages)
    .set({ text, editedAt: at })
    .where(eq(messages.id, id))
    .returning({ id: messages.id });
  return edited.length > 0;
}

async function saidBy(
  db: Database,
  { kind, id }: Pick<Message['author'], 'kind' | 'id'>,
  since: Date,
  limit: number | undefined,
): Promise<Message[]> {
  const where = and(
    sql`${messages.author} ->> 'kind' = ${kind}`,
    sql`${messages.author} ->> 'id' = ${id}`,
    gte(messages.at, since.toISOString()),
  );
  const rows = await db.select().from(messages).where(where).orderBy(desc(messages.seq)).limit(pageSize(limit));
  return rows.map(toMessage);
}

async function addReaction(db: Database, { messageId, author, emoji, at }: Reaction): Promise<boolean> {
  const added = await db
    .insert(reactions)
    .values({ messageId, authorKind: author.kind, authorId: author.id, authorName: author.name, emoji, at })
    .onConflictDoNothing()
    .returning({ id: reactions.messageId });
  return added.length > 0;
}

async function removeReaction(db: Database, { messageId, author, emoji }: Omit<Reaction, 'at'>): Promise<boolean> {
  const where = and(
    eq(reactions.messageId, messageId),
    eq(reactions.authorKind, author.kind),
    eq(reactions.authorId, author.id),
    eq(reactions.emoji, emoji),
  );
  return (await db.delete(reactions).where(where).returning({ id: reactions.messageId })).length > 0;
}

/** Rooms, their messages and the reactions to them. */
export function roomStore({ db }: Context): RoomStore {
  return {
    async upsert(room) {
      const values = checked(Room, room);
      const { title, scope } = values;
      await db.insert(rooms).values(values).onConflictDoUpdate({ target: rooms.id, set: { title, scope } });
    },
    async get(id) {
      const [row] = await db.select().from(rooms).where(eq(rooms.id, id));
      return row === undefined ? undefined : Room.parse(row);
    },
    async list() {
      return (await db.select().from(rooms).orderBy(asc(rooms.seq))).map((row) => Room.parse(row));
    },
    addMessage: (message) => addMessage(db, message),
    editMessage: (id, text, at) => editMessage(db, id, text, at),
    message: (id) => firstMessage(db, eq(messages.id, id)),
    async messages(roomId, page) {
      const where = and(eq(messages.roomId, roomId), olderThan(messages, page));
      const rows = await db
        .select()
        .from(messages)
        .where(where)
        .orderBy(desc(messages.seq))
        .limit(pageSize(page?.limit));
      return rows.reverse().map(toMessage);
    },
    async thread(rootId) {
      const where = or(eq(messages.id, rootId), eq(messages.threadId, rootId));
      return (await db.select().from(messages).where(where).orderBy(asc(messages.seq))).map(toMessage);
    },
    saidBy: (author, since, limit) => saidBy(db, author, since, limit),
    messageForFinding: (id) => firstMessage(db, eq(messages.findingId, id)),
    addReaction: (reaction) => addReaction(db, reaction),
    removeReaction: (reaction) => removeReaction(db, reaction),
    async reactions(messageIds) {
      if (messageIds.length === 0) return [];
      const where = inArray(reactions.messageId, [...messageIds]);
      return (await db.select().from(reactions).where(where).orderBy(asc(reactions.seq))).map(toReaction);
    },
  };
}
