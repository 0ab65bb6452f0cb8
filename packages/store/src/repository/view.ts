import type { ViewStore } from '@continuum/contract/ports/store';
import { MessageLink, PersonLink, RoomView } from '@continuum/contract/room';
import { and, asc, eq, inArray } from 'drizzle-orm';
import { checked } from '../checked.ts';
import type { Context, Database } from '../connection.ts';
import { present } from '../rows.ts';
import { messages } from '../schema/room.ts';
import { messageLinks, people, roomViews } from '../schema/view.ts';
import { firstMessage } from './room.ts';

async function linkMessage(db: Database, given: MessageLink): Promise<boolean> {
  const link = checked(MessageLink, given);
  const added = await db
    .insert(messageLinks)
    .values(link)
    .onConflictDoNothing()
    .returning({ messageId: messageLinks.messageId });
  return added.length > 0;
}

async function messageAt(db: Database, kind: MessageLink['kind'], externalId: string) {
  const own = await firstMessage(db, and(eq(messages.sourceKind, kind), eq(messages.externalId, externalId)));
  if (own !== undefined) return own;
  const where = and(eq(messageLinks.kind, kind), eq(messageLinks.externalId, externalId));
  const [link] = await db.select({ id: messageLinks.messageId }).from(messageLinks).where(where);
  return link === undefined ? undefined : firstMessage(db, eq(messages.id, link.id));
}

async function bind(db: Database, given: RoomView): Promise<void> {
  const view = checked(RoomView, given);
  const { roomId, title, at } = view;
  const target = [roomViews.kind, roomViews.place];
  await db.insert(roomViews).values(view).onConflictDoUpdate({ target, set: { roomId, title, at } });
}

async function linkPerson(db: Database, given: PersonLink): Promise<void> {
  const link = checked(PersonLink, given);
  const { person, by, at } = link;
  const target = [people.kind, people.externalId];
  await db.insert(people).values(link).onConflictDoUpdate({ target, set: { person, by, at } });
}

/** Where rooms are seen from outside, and who the people there are. */
export function viewStore({ db }: Context): ViewStore {
  const somebody = (kind: PersonLink['kind'], externalId: string) =>
    and(eq(people.kind, kind), eq(people.externalId, externalId));
  return {
    linkMessage: (link) => linkMessage(db, link),
    async linksOf(messageIds) {
      const where = inArray(messageLinks.messageId, [...messageIds]);
      const rows = await db.select().from(messageLinks).where(where).orderBy(asc(messageLinks.seq));
      return rows.map((row) => MessageLink.parse(present(row)));
    },
    messageAt: (kind, externalId) => messageAt(db, kind, externalId),
    bind: (view) => bind(db, view),
    async viewAt(kind, place) {
      const where = and(eq(roomViews.kind, kind), eq(roomViews.place, place));
      const [row] = await db.select().from(roomViews).where(where);
      return row === undefined ? undefined : RoomView.parse(row);
    },
    async views(roomId) {
      const where = roomId === undefined ? undefined : eq(roomViews.roomId, roomId);
      return (await db.select().from(roomViews).where(where).orderBy(asc(roomViews.seq))).map((row) =>
        RoomView.parse(row),
      );
    },
    linkPerson: (link) => linkPerson(db, link),
    async unlinkPerson(kind, externalId) {
      const gone = await db.delete(people).where(somebody(kind, externalId)).returning({ person: people.person });
      return gone.length > 0;
    },
    async personAt(kind, externalId) {
      const [row] = await db.select().from(people).where(somebody(kind, externalId));
      return row === undefined ? undefined : PersonLink.parse(row);
    },
    async people() {
      return (await db.select().from(people).orderBy(asc(people.seq))).map((row) => PersonLink.parse(row));
    },
  };
}
