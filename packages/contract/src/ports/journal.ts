/** A raw delivery as it was accepted; the body is kept byte for byte. */
export interface JournalRecord {
  /** `<source>:<delivery id>`. */
  readonly id: string;
  readonly source: string;
  readonly event: string;
  /** ISO 8601. */
  readonly at: string;
  readonly body: string;
}

/** A record to append: a body in bytes is UTF-8 and is kept as it is, without being decoded. */
export interface NewJournalRecord extends Omit<JournalRecord, 'body'> {
  readonly body: string | Uint8Array;
}

export interface JournalEntry {
  /** Position after this record: pass to `checkpoint`. */
  readonly position: string;
  readonly record: JournalRecord;
}

/** The guarantee behind every 202: a record is on disk before `append` resolves. */
export interface Journal {
  /**
   * Resolves once the record is fsynced; concurrent appends share one fsync (group commit). Throws OVERLOADED when the queue
   * is full or the disk nearly is.
   */
  append(record: NewJournalRecord): Promise<void>;
  /**
   * What is durable now after the checkpoint, or after the position `after` where that is later: oldest first, read as it is
   * asked for. A torn record at the end of the last segment is cut off, damage elsewhere throws JOURNAL_CORRUPT.
   */
  pending(after?: string): AsyncIterable<JournalEntry>;
  /** Bytes of what is durable after the checkpoint, or after the position `after` where that is later. */
  pendingBytes(after?: string): number;
  /** Everything up to and including this position has been handed on. Monotonic; durable; callers at the same time share a write. */
  checkpoint(position: string): Promise<void>;
  /** All records still kept (retention), checkpointed or not, oldest first: for audit and replay by delivery id. */
  all(): AsyncIterable<JournalEntry>;
  /** Records accepted at `at` (ISO 8601) or later, oldest first, checkpointed or not; what lies in older segments is not read. */
  since(at: string): AsyncIterable<JournalEntry>;
  /** The newest kept record of an id. */
  find(id: string): Promise<JournalRecord | undefined>;
  /** Copies what is durable now, with the checkpoint, into a new folder that opens as a journal; appends go on meanwhile. Throws CONFLICT. */
  copyTo(folder: string): Promise<void>;
  close(): Promise<void>;
}
