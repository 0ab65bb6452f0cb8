import type { Journal, JournalEntry, JournalRecord, NewJournalRecord } from '@continuum/contract/ports/journal';

/** What a watcher of a journal wants to know. */
export interface JournalWatch {
  /** A record was served, by whatever way. */
  served(record: JournalRecord): void;
  /** These records are about to be counted as handed on. */
  checkpointed(ids: readonly string[]): void;
}

function order(position: string): number {
  const [segment = 0, offset = 0] = position.split(':').map(Number);
  return segment * 2 ** 32 + offset;
}

/** A journal whose answers and checkpoints are looked at. */
export function watchJournal(journal: Journal, watch: JournalWatch): Journal {
  /** Handed out for handing on and not checkpointed yet, by their position. */
  const open = new Map<string, string>();
  async function* look(entries: AsyncIterable<JournalEntry>, isPending: boolean): AsyncGenerator<JournalEntry> {
    for await (const entry of entries) {
      watch.served(entry.record);
      if (isPending) open.set(entry.position, entry.record.id);
      yield entry;
    }
  }
  return {
    append: (record: NewJournalRecord) => journal.append(record),
    pending: (after) => look(journal.pending(after), true),
    pendingBytes: (after) => journal.pendingBytes(after),
    async checkpoint(position) {
      const done = [...open].filter(([at]) => order(at) <= order(position));
      for (const [at] of done) open.delete(at);
      watch.checkpointed(done.map(([, id]) => id));
      await journal.checkpoint(position);
    },
    all: () => look(journal.all(), false),
    since: (at) => look(journal.since(at), false),
    async find(id) {
      const record = await journal.find(id);
      if (record !== undefined) watch.served(record);
      return record;
    },
    copyTo: (folder) => journal.copyTo(folder),
    close: () => journal.close(),
  };
}
