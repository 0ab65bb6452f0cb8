import type { Envelope } from '../event.ts';
import type { Finding, FindingStatus, Review } from '../finding.ts';
import type {
  EventId,
  ExampleId,
  FeedbackId,
  FindingId,
  MemoryId,
  MessageId,
  ReviewId,
  RoomId,
  ScopeId,
} from '../ids.ts';
import type { Consent, Feedback, Memory, TrainingExample } from '../learning.ts';
import type { Author, Message, MessageLink, PersonLink, Reaction, Room, RoomView } from '../room.ts';
import type { SourceName } from '../source.ts';

export interface Page {
  /** Default 100, at most 1000. */
  readonly limit?: number;
  /** Only rows older than this row's id. */
  readonly before?: string;
}

/** Streams and durable consumers: what the embedded bus stands on. */
export interface StreamStore {
  /** Stores the event and a delivery for every registered durable consumer whose pattern matches, in one transaction. False when the id exists. */
  append(event: Envelope): Promise<boolean>;
  /** Registers or updates a durable consumer; a new one gets events from now on. */
  ensureConsumer(name: string, pattern: string): Promise<void>;
  /** Due deliveries, oldest first, each marked in flight until `leaseMs` from `now`; expired leases are due again. */
  claim(consumer: string, limit: number, now: Date, leaseMs: number): Promise<ClaimedEvent[]>;
  /** The work is done, whoever did it: also one whose lease ran out meanwhile. */
  ack(consumer: string, id: EventId): Promise<void>;
  /** Back in line for `at`. False when this delivery is not the current one any more: its lease ran out and another began. */
  retry(consumer: string, id: EventId, delivery: number, at: Date, error: string): Promise<boolean>;
  /** Makes it a dead letter. False when this delivery is not the current one any more. */
  bury(consumer: string, id: EventId, delivery: number, error: string): Promise<boolean>;
  /** Puts all in-flight deliveries back in line: called once at start, when no other process can hold them. */
  releaseAll(consumer: string): Promise<void>;
  deadLetters(
    limit: number,
  ): Promise<Array<{ consumer: string; event: Envelope; deliveries: number; error: string; at: string }>>;
  /** Dead letter back in line. False when there is none. */
  revive(consumer: string, id: EventId): Promise<boolean>;
  /** Deliveries waiting or in flight per consumer. */
  backlog(): Promise<Record<string, number>>;
  /** When the next delivery of this consumer is due, if any. */
  nextDue(consumer: string): Promise<Date | undefined>;
  /** Removes events acknowledged by all, older than `before`; dedupe ids go with them, so keep at least 72 h. */
  prune(before: Date): Promise<number>;
  recent(limit: number): Promise<Envelope[]>;
}

export interface ClaimedEvent {
  readonly event: Envelope;
  /** 1 on the first delivery. */
  readonly delivery: number;
}

export interface RoomStore {
  upsert(room: Room): Promise<void>;
  get(id: RoomId): Promise<Room | undefined>;
  list(): Promise<Room[]>;
  /** False when a message with this source kind and external id (or this id) exists. */
  addMessage(message: Message): Promise<boolean>;
  /** New text after an edit on the source; false when unknown. */
  editMessage(id: MessageId, text: string, at: string): Promise<boolean>;
  message(id: MessageId): Promise<Message | undefined>;
  /** Newest page, oldest first within it. */
  messages(roomId: RoomId, page?: Page): Promise<Message[]>;
  /** The root and all its replies, oldest first. */
  thread(rootId: MessageId): Promise<Message[]>;
  /** What somebody said since then, in all rooms, newest first. */
  saidBy(author: Pick<Author, 'kind' | 'id'>, since: Date, limit?: number): Promise<Message[]>;
  /** The room message that announced a finding, if any. */
  messageForFinding(id: FindingId): Promise<Message | undefined>;
  /** False when that author already reacted so. */
  addReaction(reaction: Reaction): Promise<boolean>;
  /** False when that author had not. */
  removeReaction(reaction: Omit<Reaction, 'at'>): Promise<boolean>;
  reactions(messageIds: readonly MessageId[]): Promise<Reaction[]>;
}

/** Where rooms are seen from outside, and who the people there are. */
export interface ViewStore {
  /** False when something stands at that place already. */
  linkMessage(link: MessageLink): Promise<boolean>;
  /** Where messages stand besides their own sources, in the order in which they came there. */
  linksOf(messageIds: readonly MessageId[]): Promise<MessageLink[]>;
  /** The message that stands there: by its own source or by a link. */
  messageAt(kind: MessageLink['kind'], externalId: string): Promise<Message | undefined>;
  /** Shows a room in a place; the place shows another room no more. */
  bind(view: RoomView): Promise<void>;
  /** What a place shows. */
  viewAt(kind: SourceName, place: string): Promise<RoomView | undefined>;
  /** Places that show a room; all of them without one. */
  views(roomId?: RoomId): Promise<RoomView[]>;
  /** Replaces what was known of them. */
  linkPerson(link: PersonLink): Promise<void>;
  /** False when nobody was known there. */
  unlinkPerson(kind: SourceName, externalId: string): Promise<boolean>;
  personAt(kind: SourceName, externalId: string): Promise<PersonLink | undefined>;
  people(): Promise<PersonLink[]>;
}

export interface FindingFilter extends Page {
  readonly repo?: string;
  readonly pr?: number;
  readonly status?: FindingStatus;
  readonly reviewId?: ReviewId;
  readonly fingerprint?: string;
  readonly scope?: ScopeId;
}

export interface ReviewStore {
  /** Begins a review; returns the existing one when the key is known. */
  begin(review: Review): Promise<{ review: Review; created: boolean }>;
  /** Saves the outcome and all findings, posted and withheld, in one transaction. Findings with a known id are replaced. */
  finish(review: Review, findings: readonly Finding[]): Promise<void>;
  get(id: ReviewId): Promise<Review | undefined>;
  byKey(key: string): Promise<Review | undefined>;
  /** Newest first. */
  list(page?: Page & { readonly repo?: string; readonly pr?: number }): Promise<Review[]>;
  /** Newest first. */
  findings(filter: FindingFilter): Promise<Finding[]>;
  finding(id: FindingId): Promise<Finding | undefined>;
  findingByExternalId(externalId: string): Promise<Finding | undefined>;
  setStatus(id: FindingId, status: FindingStatus): Promise<void>;
  link(id: FindingId, externalId: string, url: string | undefined): Promise<void>;
  /** Removes reviews that editors asked for before `before` and in which no finding stands: every save is one. */
  prune(before: Date): Promise<number>;
}

export interface MemoryFilter {
  readonly repo?: string;
  /** Scopes whose memories count, usually a scope and its ancestors. */
  readonly scopes?: readonly ScopeId[];
  readonly state?: Memory['state'];
  /** Default 100, at most 5000: what a judgement looks at. */
  readonly limit?: number;
}

export interface LearningStore {
  /** False when a memory of that id exists. */
  addMemory(memory: Memory): Promise<boolean>;
  memory(id: MemoryId): Promise<Memory | undefined>;
  /** Newest first. */
  memories(filter: MemoryFilter): Promise<Memory[]>;
  setMemoryState(id: MemoryId, state: Memory['state']): Promise<void>;
  /** False when an example of the same span exists (unless it was revoked with `replace`). */
  addExample(example: TrainingExample): Promise<boolean>;
  example(id: ExampleId): Promise<TrainingExample | undefined>;
  exampleBySpan(spanHash: string): Promise<TrainingExample | undefined>;
  /** Newest first. `scope` includes everything below it. */
  examples(
    filter: Page & { readonly scope?: ScopeId; readonly state?: TrainingExample['state'] },
  ): Promise<TrainingExample[]>;
  setExampleState(id: ExampleId, state: TrainingExample['state']): Promise<void>;
  addFeedback(feedback: Feedback): Promise<boolean>;
  feedback(id: FeedbackId): Promise<Feedback | undefined>;
  listFeedback(filter: Page & { readonly findingId?: FindingId }): Promise<Feedback[]>;
  setConsent(consent: Consent): Promise<void>;
  consents(): Promise<Consent[]>;
}

/** What to look for: any of these words, in their forms; words that are more than letters and digits are left out. */
export interface WordQuery {
  readonly words: readonly string[];
  /** Default 100, at most 1000. */
  readonly limit?: number;
}

/** What the team said and was told, by the words of it: those that fit best first, of the newest thousand that fit at all. */
export interface KnowledgeStore {
  /** Active corrections that give a reason or not. */
  corrections(query: WordQuery & { readonly repo?: string; readonly scopes?: readonly ScopeId[] }): Promise<Memory[]>;
  /** Findings that people were shown. */
  findings(query: WordQuery & { readonly repo?: string }): Promise<Finding[]>;
  /** What people said in a room. */
  messages(query: WordQuery & { readonly roomId: RoomId; readonly repo?: string }): Promise<Message[]>;
}

export interface OutboxEntry {
  readonly id: string;
  /** The same key is performed once. */
  readonly key: string;
  readonly command: string;
  readonly input: unknown;
  readonly state: 'pending' | 'running' | 'done' | 'dead';
  readonly attempts: number;
  readonly error?: string | undefined;
  readonly result?: unknown;
  readonly dueAt: string;
  readonly at: string;
}

/** Which commands to claim: all when absent. */
export interface OutboxFilter {
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  /** Fields of the input that together name a thread, such as a pull request: of each thread only the oldest open entry is due. */
  readonly inOrderOf?: readonly string[];
}

/** External effects waiting to happen: written with the decision, performed by idempotency key. */
export interface OutboxStore {
  /** False when the key is known. */
  enqueue(entry: { readonly key: string; readonly command: string; readonly input: unknown }): Promise<boolean>;
  /** Due entries, oldest first, each running until `leaseMs` from `now`. */
  claim(limit: number, now: Date, leaseMs: number, commands?: OutboxFilter): Promise<OutboxEntry[]>;
  /** It happened, whoever did it: also one whose lease ran out meanwhile. */
  complete(id: string, result: unknown): Promise<void>;
  /** Back in line for `at`. False when this attempt is not the current one any more: its lease ran out and another began. */
  retry(id: string, attempt: number, at: Date, error: string): Promise<boolean>;
  /** Makes it a dead letter. False when this attempt is not the current one any more. */
  bury(id: string, attempt: number, error: string): Promise<boolean>;
  byKey(key: string): Promise<OutboxEntry | undefined>;
  list(state: OutboxEntry['state'], limit: number): Promise<OutboxEntry[]>;
  revive(id: string): Promise<boolean>;
  pending(): Promise<number>;
  counts(): Promise<Record<OutboxEntry['state'], number>>;
  /** Removes what was done before `before`; the keys go with it, so keep at least 72 h. */
  prune(before: Date): Promise<number>;
  /** Puts all running entries back in line for `at`: called once at start, when no other process can hold them. */
  releaseAll(at: Date): Promise<void>;
}

export interface AuditEntry {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: Record<string, unknown>;
  /** SHA-256 over the previous hash and this entry: a changed or removed row breaks the chain. */
  readonly hash: string;
}

export interface AuditStore {
  record(entry: Pick<AuditEntry, 'actor' | 'action' | 'subject' | 'detail'>): Promise<void>;
  list(page?: { readonly limit?: number; readonly beforeSeq?: number }): Promise<AuditEntry[]>;
  /** The first entry whose hash does not match, if any. */
  verify(): Promise<number | undefined>;
}

/** Small values by key: caches with an optional expiry, counters, cursors. */
export interface KeyValueStore {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, expiresAt?: Date): Promise<void>;
  delete(key: string): Promise<void>;
  /** Inside a transaction: whoever else locks this key waits until it is over, in whatever process. For read, change, write. */
  lock(key: string): Promise<void>;
}

/** A right that one process at a time has, for a while. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Grows each time the lease changes hands: a holder of an earlier number has lost it. */
  readonly fence: number;
  /** ISO 8601, by the clock of the database. */
  readonly until: string;
}

/** Who may act where only one may: leader election over the one clock that all processes share, the database's. */
export interface LeaseStore {
  /** Takes a lease that is free or over, or renews one's own. Undefined while somebody else holds it. */
  take(name: string, holder: string, ttlMs: number): Promise<Lease | undefined>;
  /** Gives it back; nothing happens when somebody else holds it. */
  release(name: string, holder: string): Promise<void>;
  /** Leases that hold now and whose names begin so. */
  list(prefix: string): Promise<Lease[]>;
}

/** What a snapshot holds. */
export interface SnapshotSummary {
  readonly bytes: number;
  readonly rows: number;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
}

/** Finding counts for the headline metrics. */
export interface OutcomeCount {
  readonly persona: string;
  readonly scope: string;
  /** Day, `YYYY-MM-DD`. */
  readonly day: string;
  readonly status: FindingStatus;
  readonly count: number;
}

export interface Store {
  readonly stream: StreamStore;
  readonly rooms: RoomStore;
  readonly views: ViewStore;
  readonly reviews: ReviewStore;
  readonly learning: LearningStore;
  readonly knowledge: KnowledgeStore;
  readonly outbox: OutboxStore;
  readonly audit: AuditStore;
  readonly values: KeyValueStore;
  readonly leases: LeaseStore;
  outcomes(filter: { readonly repo?: string; readonly since?: string }): Promise<OutcomeCount[]>;
  /**
   * All or nothing: the handed store writes in one transaction. Nested calls join the outer one. Where a deadlock took it
   * back, `work` runs again from its beginning: it must change nothing but the handed store.
   */
  transaction<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** Cheap round trip: throws when the store is not usable. */
  ping(): Promise<void>;
  /** Says why this process cannot use the store any more and has to begin anew; a server that is away for a while does not. */
  readonly lost: AbortSignal;
  /** Writes everything as it stands at one moment to a new file, checksummed throughout; others work on meanwhile. */
  writeSnapshot(file: string): Promise<SnapshotSummary>;
  close(): Promise<void>;
}
