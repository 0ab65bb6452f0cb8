import type { CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { Finding } from '@continuum/contract/finding';
import type { MemoryId } from '@continuum/contract/ids';
import type { Memory } from '@continuum/contract/learning';
import type { Store } from '@continuum/contract/ports/store';
import type { Author } from '@continuum/contract/room';
import { type Tell, transactAndTell } from '@continuum/host/tell';
import { exampleIdOf } from './mind-change.ts';
import type { TrainingRuntime } from './runtime.ts';

const MOST_MEMORIES = 5000;

export interface Forgotten {
  readonly memory: Memory;
  /** The finding's new status, when the memory alone had decided it. */
  readonly status: Finding['status'] | undefined;
}

/** Forgets one correction and its example. Throws NOT_FOUND. */
export function revokeMemory(runtime: TrainingRuntime, { id, by }: CommandParsed<'memory/revoke'>): Promise<Memory> {
  return endMemory(runtime, id, by, 'revoked');
}

/** Its author takes a correction back; said once more, it counts once more. Throws NOT_FOUND. */
export function takeBackMemory(runtime: TrainingRuntime, id: MemoryId, by: Author): Promise<Memory> {
  return endMemory(runtime, id, by, 'superseded');
}

type Ended = Extract<Memory['state'], 'revoked' | 'superseded'>;

async function endMemory(runtime: TrainingRuntime, id: MemoryId, by: Author, state: Ended): Promise<Memory> {
  const forgotten = await transactAndTell(runtime, async (store, tell) => {
    const done = await forget(store, id, state);
    await store.learning.setExampleState(exampleIdOf(id), 'revoked');
    const detail = { author: done.memory.author.id, findingId: done.memory.findingId ?? null };
    await store.audit.record({
      actor: `${by.kind}:${by.id}`,
      action: `memory/${state}`,
      subject: `memoryId:${id}`,
      detail,
    });
    await tellForgotten(tell, done);
    return done;
  });
  return forgotten.memory;
}

/** Ends a memory and gives its finding back the status the remaining ones support. Throws NOT_FOUND. */
export async function forget(store: Store, id: MemoryId, state: Ended = 'revoked'): Promise<Forgotten> {
  const memory = await store.learning.memory(id);
  if (memory === undefined) {
    throw new ContinuumError('NOT_FOUND', `there is no memory ${id}`, { next: 'List the memories for their ids.' });
  }
  await store.learning.setMemoryState(id, state);
  const status = memory.state === 'active' ? await reopen(store, memory) : undefined;
  return { memory: { ...memory, state }, status };
}

async function reopen(store: Store, { findingId, verdict, repo }: Memory): Promise<Finding['status'] | undefined> {
  const finding = findingId === undefined ? undefined : await store.reviews.finding(findingId);
  const decided = verdict === 'decline' ? 'declined' : 'confirmed';
  if (finding === undefined || finding.status !== decided) return undefined;
  const left = await store.learning.memories({ repo, state: 'active', limit: MOST_MEMORIES });
  // Newest first: the last word that is left decides.
  const last = left.find((memory) => memory.findingId === findingId);
  const status = last === undefined ? openStatus(finding) : last.verdict === 'decline' ? 'declined' : 'confirmed';
  if (status === finding.status) return undefined;
  await store.reviews.setStatus(finding.id, status);
  return status;
}

function openStatus(finding: Finding): Finding['status'] {
  return finding.withheldBecause === undefined ? 'posted' : 'withheld';
}

/** Tells the others that a memory no longer counts. */
export async function tellForgotten(tell: Tell, { memory, status }: Forgotten): Promise<void> {
  const { id, scope, state, findingId, repo } = memory;
  await tell('learning:memory', { memoryId: id, scope, state });
  if (status === undefined || findingId === undefined) return;
  await tell('finding:changed', { findingId, repo, status });
}
