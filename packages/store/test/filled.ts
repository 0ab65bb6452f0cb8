import type { Store } from '@continuum/contract/ports/store';
import {
  sampleEvent,
  sampleExample,
  sampleFeedback,
  sampleFinding,
  sampleMemory,
  sampleMessage,
  sampleReview,
  sampleRoom,
} from '@continuum/testing/store/samples';
import { readSnapshot, withSnapshot } from '../src/snapshot/read.ts';

/** Text that has to survive as it is: quotes, line ends, escapes, what JSON and SQL care about, other alphabets. */
export const AWKWARD = `'"\\ \\u0041 \n\r\t $1 {} [] null NULL \u{1f600} \u202e Straße ${'ا'.repeat(3)}`;

/** At least one row in every table, with values that are easily damaged on the way. */
export async function fill(store: Store): Promise<void> {
  await store.stream.ensureConsumer('all', '**');
  for (let index = 0; index < 3; index += 1) await store.stream.append(sampleEvent({ repo: `acme/shop-${index}` }));
  const [first] = await store.stream.claim('all', 1, new Date(), 1000);
  if (first !== undefined) await store.stream.ack('all', first.event.id);
  await store.rooms.upsert(sampleRoom({ id: 'security', title: AWKWARD }));
  const message = sampleMessage({ text: AWKWARD });
  await store.rooms.addMessage(message);
  const reaction = { messageId: message.id, author: message.author, emoji: '👍', at: message.at };
  await store.rooms.addReaction(reaction);
  const slack = { kind: 'slack' as const, externalId: AWKWARD };
  await store.views.linkMessage({ ...slack, messageId: message.id, url: 'https://example.com/1' });
  await store.views.bind({ kind: 'slack', place: 'C1', roomId: message.roomId, title: AWKWARD, at: message.at });
  await store.views.linkPerson({ ...slack, person: 'ada', by: 'operator', at: message.at });
  const { review } = await store.reviews.begin(sampleReview({ title: AWKWARD }));
  await store.reviews.finish({ ...review, status: 'done' }, [
    sampleFinding({ reviewId: review.id, evidence: AWKWARD }),
  ]);
  await store.learning.addMemory(sampleMemory({ reason: AWKWARD }));
  await store.learning.addExample(sampleExample());
  await store.learning.addFeedback(sampleFeedback());
  await store.learning.setConsent({ subject: 'person', id: 'ada', choice: 'opt-out', at: message.at });
  await store.outbox.enqueue({ key: 'once', command: 'github/comment', input: { body: AWKWARD, n: 1.5, no: null } });
  for (const subject of ['1', '2', '3']) {
    await store.audit.record({ actor: 'ada', action: 'did', subject, detail: { [AWKWARD]: AWKWARD } });
  }
  await store.values.set('empty', null);
  await store.values.set('large', { text: 'x'.repeat(300_000), number: 123_456_789.125 }, new Date(9_999_999_999_999));
  await store.leases.take('leader', 'me', 60_000);
}

/** All that a snapshot holds, rows sorted: two stores are equal when theirs are. */
export async function contentsOf(file: string): Promise<{ tables: Record<string, string[]>; rest: unknown[] }> {
  const tables: Record<string, string[]> = {};
  const rest: unknown[] = [];
  await withSnapshot(file, async (source) => {
    for await (const part of readSnapshot(source)) {
      if (part.kind !== 'rows') rest.push(part);
      else tables[part.table] = [...(tables[part.table] ?? []), ...part.rows.map((row) => JSON.stringify(row))].sort();
    }
  });
  return { tables, rest };
}
