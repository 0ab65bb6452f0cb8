import type { Finding } from '@continuum/contract/finding';
import type { MessageId, RoomId } from '@continuum/contract/ids';
import { EventId } from '@continuum/contract/ids';
import type { Memory, Signal, TrainingExample } from '@continuum/contract/learning';
import type { Store } from '@continuum/contract/ports/store';
import type { Author, MessageSource } from '@continuum/contract/room';
import { toExample } from '@continuum/training/example';
import { toMemory } from '@continuum/training/memory';
import { exampleIdOf, mindChange } from './mind-change.ts';
import type { TrainingRuntime } from './runtime.ts';
import { type Teacher, teacherOf } from './teacher.ts';

/** Somebody said or did something about a finding. */
export interface Observation {
  readonly finding: Finding;
  readonly signal: Signal;
  readonly verdict: Memory['verdict'] | undefined;
  readonly reason: string;
  /** Said outright to be right or wrong, not merely thumbed. */
  readonly explicit?: boolean;
  /** In [0, 1]; explicit feedback is 1. */
  readonly confidence: number;
  readonly author: Author;
  readonly source: MessageSource;
  readonly messageIds: readonly MessageId[];
  readonly roomId: RoomId | undefined;
  readonly edited?: string | undefined;
  /** What was edited, when it is not the persona's text. */
  readonly original?: string | undefined;
  readonly at: string;
}

export type Learned = 'active' | 'quarantined' | 'nothing';

/**
 * Turns an observation into a memory and an example, settles the finding and writes the audit, all in one transaction;
 * then tells the others. The same observation again changes nothing. Throws what the code host throws when it cannot
 * say who may teach; that is worth a retry.
 */
export async function learn(runtime: TrainingRuntime, observation: Observation): Promise<Learned> {
  const { finding } = observation;
  const teacher = await teacherOf(runtime, { ...observation, repo: finding.repo, pr: finding.pr });
  if (teacher === undefined) return 'nothing';
  const lesson = toLesson(observation, teacher);
  const kept = await runtime.store.transaction((store) => keep(store, observation, lesson, teacher));
  if (kept === undefined) return teacher.state;
  await tell(runtime, kept, observation);
  return kept.example.state === 'revoked' ? 'nothing' : kept.example.state;
}

export interface Lesson {
  readonly example: TrainingExample;
  readonly memory: Memory | undefined;
}

function toLesson(observation: Observation, { state, permission, consent }: Teacher): Lesson {
  const { finding, verdict } = observation;
  const posted = observation.original ?? `${finding.title}. ${finding.message}`;
  const example = toExample({ ...observation, posted, permission, consent, state });
  if (verdict === undefined) return { example, memory: undefined };
  const [messageId] = observation.messageIds;
  const memory = toMemory({ ...observation, verdict, messageId, state, spanHash: example.spanHash });
  return { example: { ...example, provenance: { ...example.provenance, memoryId: memory.id } }, memory };
}

interface Kept extends Lesson {
  readonly status: Finding['status'] | undefined;
  /** What the same author said before and no longer counts. */
  readonly superseded: readonly Memory[];
}

/** Undefined when the author said the same before, in more words. */
async function keep(
  store: Store,
  observation: Observation,
  lesson: Lesson,
  teacher: Teacher,
): Promise<Kept | undefined> {
  // What somebody says of a finding in two places at once is taken one after the other, in whatever process.
  await store.values.lock(`learning:finding:${observation.finding.id}`);
  const known = await store.learning.exampleBySpan(lesson.example.spanHash);
  if (known !== undefined) return keepAgain(store, known, observation, teacher);
  const change = lesson.memory === undefined ? undefined : await mindChange(store, lesson.memory);
  if (change?.saidBefore === true) return undefined;
  const superseded = (await change?.supersede()) ?? [];
  await store.learning.addExample(lesson.example);
  if (lesson.memory !== undefined) await store.learning.addMemory(lesson.memory);
  const status = await settle(store, lesson.memory);
  await recordLesson(store, observation, lesson, teacher);
  return { ...lesson, status, superseded };
}

function recordLesson(store: Store, observation: Observation, lesson: Lesson, teacher: Teacher): Promise<void> {
  return store.audit.record({
    actor: `${observation.author.kind}:${observation.author.id}`,
    action: `learning/${observation.verdict ?? observation.signal}`,
    subject: `findingId:${observation.finding.id}`,
    detail: {
      exampleId: lesson.example.id,
      memoryId: lesson.memory?.id ?? null,
      state: lesson.example.state,
      because: teacher.because,
    },
  });
}

/**
 * Stored before a crash or by another channel: only the telling is repeated. It counts anew when the author may teach by
 * now, or took it back in between and says it once more.
 */
async function keepAgain(
  store: Store,
  known: TrainingExample,
  observation: Observation,
  teacher: Teacher,
): Promise<Kept | undefined> {
  const { memoryId } = known.provenance;
  const memory = memoryId === undefined ? undefined : await store.learning.memory(memoryId);
  const repeated = memory?.state === 'superseded' && observation.at > known.at;
  const anew = teacher.state === 'active' && (known.state === 'quarantined' || repeated);
  if (!anew) return { example: known, memory, status: undefined, superseded: [] };
  const example = { ...known, state: 'active' as const };
  if (memory === undefined) {
    await store.learning.setExampleState(known.id, 'active');
    return { example, memory, status: undefined, superseded: [] };
  }
  const counted = { ...memory, state: 'active' as const };
  const change = await mindChange(store, counted);
  if (change.saidBefore) return undefined;
  const superseded = await change.supersede();
  await store.learning.setExampleState(known.id, 'active');
  await store.learning.setMemoryState(memory.id, 'active');
  await recordLesson(store, observation, { example, memory: counted }, teacher);
  return { example, memory: counted, status: await settle(store, counted), superseded };
}

/** The status a finding gets by an active judgement; undefined when it keeps its own. */
export async function settle(store: Store, memory: Memory | undefined): Promise<Finding['status'] | undefined> {
  if (memory?.findingId === undefined || memory.state !== 'active') return undefined;
  const finding = await store.reviews.finding(memory.findingId);
  const status = memory.verdict === 'decline' ? 'declined' : 'confirmed';
  if (finding === undefined || finding.status === status) return undefined;
  // Praise after the fact does not undo that the code was fixed.
  if (status === 'confirmed' && (finding.status === 'addressed' || finding.status === 'resolved')) return undefined;
  await store.reviews.setStatus(finding.id, status);
  return status;
}

/** Event ids come from the example, its state and when it was said, so that telling twice is heard once. */
async function tell(
  runtime: TrainingRuntime,
  { example, memory, status, superseded }: Kept,
  { at, finding }: Observation,
): Promise<void> {
  for (const old of superseded) await tellSuperseded(runtime, old, at);
  const id = (what: string): EventId => EventId.parse(`evt_${example.id}_${what}_${example.state}_${at}`);
  const { scope, state, priority } = example;
  await runtime.bus.emit('learning:example', { exampleId: example.id, scope, state, priority }, { id: id('example') });
  if (memory === undefined) return;
  await runtime.bus.emit('learning:memory', { memoryId: memory.id, scope, state: memory.state }, { id: id('memory') });
  const now = status ?? (await statusOf(runtime, memory));
  if (memory.findingId === undefined || memory.state !== 'active' || now === undefined) return;
  await runtime.bus.emit(
    'finding:changed',
    { findingId: memory.findingId, repo: finding.repo, status: now },
    { id: id('finding') },
  );
}

async function tellSuperseded({ bus }: TrainingRuntime, { id, scope, state }: Memory, at: string): Promise<void> {
  const exampleId = exampleIdOf(id);
  const event = (what: string) => ({ id: EventId.parse(`evt_${exampleId}_${what}_superseded_${at}`) });
  await bus.emit('learning:memory', { memoryId: id, scope, state }, event('memory'));
  await bus.emit('learning:example', { exampleId, scope, state: 'revoked', priority: 0 }, event('example'));
}

async function statusOf(runtime: TrainingRuntime, memory: Memory): Promise<Finding['status'] | undefined> {
  return memory.findingId === undefined ? undefined : (await runtime.store.reviews.finding(memory.findingId))?.status;
}
