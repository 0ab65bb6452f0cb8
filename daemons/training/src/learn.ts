import type { Finding } from '@continuum/contract/finding';
import type { MessageId, RoomId } from '@continuum/contract/ids';
import { EventId } from '@continuum/contract/ids';
import type { Memory, Signal, TrainingExample } from '@continuum/contract/learning';
import type { Store } from '@continuum/contract/ports/store';
import type { Author, MessageSource } from '@continuum/contract/room';
import type { Runtime } from '@continuum/host/runtime';
import { toExample } from '@continuum/training/example';
import { toMemory } from '@continuum/training/memory';
import { mindChange } from './mind-change.ts';
import { type Teacher, teacherOf } from './teacher.ts';

/** Somebody said or did something about a finding. */
export interface Observation {
  readonly finding: Finding;
  readonly signal: Signal;
  readonly verdict: Memory['verdict'] | undefined;
  readonly reason: string;
  /** In [0, 1]; explicit feedback is 1. */
  readonly confidence: number;
  readonly author: Author;
  readonly source: MessageSource;
  readonly messageIds: readonly MessageId[];
  readonly roomId: RoomId | undefined;
  readonly edited?: string | undefined;
  readonly at: string;
}

export type Learned = 'active' | 'quarantined' | 'nothing';

/**
 * Turns an observation into a memory and an example, settles the finding and writes the audit, all in one transaction;
 * then tells the others. The same observation again changes nothing. Throws what the code host throws when it cannot
 * say who may teach; that is worth a retry.
 */
export async function learn(runtime: Runtime, observation: Observation): Promise<Learned> {
  const { finding } = observation;
  const teacher = await teacherOf(runtime, { ...observation, repo: finding.repo, pr: finding.pr });
  if (teacher === undefined) return 'nothing';
  const lesson = toLesson(observation, teacher);
  const kept = await runtime.store.transaction((store) => keep(store, observation, lesson, teacher));
  if (kept === undefined) return teacher.state;
  await tell(runtime, kept, finding.repo);
  return kept.example.state === 'revoked' ? 'nothing' : kept.example.state;
}

export interface Lesson {
  readonly example: TrainingExample;
  readonly memory: Memory | undefined;
}

function toLesson(observation: Observation, { state, permission, consent }: Teacher): Lesson {
  const { finding, verdict } = observation;
  const posted = `${finding.title}. ${finding.message}`;
  const example = toExample({ ...observation, posted, permission, consent, state });
  if (verdict === undefined) return { example, memory: undefined };
  const [messageId] = observation.messageIds;
  const memory = toMemory({ ...observation, verdict, messageId, state, spanHash: example.spanHash });
  return { example: { ...example, provenance: { ...example.provenance, memoryId: memory.id } }, memory };
}

interface Kept extends Lesson {
  readonly status: Finding['status'] | undefined;
}

/** Undefined when the author said the same before, in more words. */
async function keep(
  store: Store,
  observation: Observation,
  lesson: Lesson,
  teacher: Teacher,
): Promise<Kept | undefined> {
  const known = await store.learning.exampleBySpan(lesson.example.spanHash);
  // Stored before a crash or by another channel: only the telling is repeated.
  if (known !== undefined) return { example: known, memory: await knownMemory(store, known), status: undefined };
  if (lesson.memory !== undefined) {
    const change = await mindChange(store, lesson.memory);
    if (change.saidBefore) return undefined;
    await change.supersede();
  }
  await store.learning.addExample(lesson.example);
  if (lesson.memory !== undefined) await store.learning.addMemory(lesson.memory);
  const status = await settle(store, lesson.memory);
  await store.audit.record({
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
  return { ...lesson, status };
}

async function knownMemory(store: Store, example: TrainingExample): Promise<Memory | undefined> {
  const { memoryId } = example.provenance;
  return memoryId === undefined ? undefined : store.learning.memory(memoryId);
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

/** Event ids come from the example, so that telling twice is heard once. */
async function tell(runtime: Runtime, kept: Kept, repo: string): Promise<void> {
  const { example, memory, status } = kept;
  const id = (what: string): EventId => EventId.parse(`evt_${example.id}_${what}`);
  const { scope, state, priority } = example;
  await runtime.bus.emit('learning:example', { exampleId: example.id, scope, state, priority }, { id: id('example') });
  if (memory === undefined) return;
  await runtime.bus.emit('learning:memory', { memoryId: memory.id, scope, state: memory.state }, { id: id('memory') });
  const now = status ?? (await statusOf(runtime, memory));
  if (memory.findingId === undefined || memory.state !== 'active' || now === undefined) return;
  await runtime.bus.emit('finding:changed', { findingId: memory.findingId, repo, status: now }, { id: id('finding') });
}

async function statusOf(runtime: Runtime, memory: Memory): Promise<Finding['status'] | undefined> {
  return memory.findingId === undefined ? undefined : (await runtime.store.reviews.finding(memory.findingId))?.status;
}
