import { ExampleId, type MemoryId } from '@continuum/contract/ids';
import type { Memory } from '@continuum/contract/learning';
import type { Store } from '@continuum/contract/ports/store';

const MOST_MEMORIES = 5000;

/** A memory and its example come from one span and share its hash in their ids. */
export function exampleIdOf(memory: MemoryId): ExampleId {
  return ExampleId.parse(memory.replace(/^mem_/, 'ex_'));
}

export interface MindChange {
  /** The author already judged so, with words, and now adds none. */
  readonly saidBefore: boolean;
  /** Sets aside what the author said before and now corrects or says better; answers with it. */
  supersede(): Promise<Memory[]>;
}

/** How a new judgement relates to the earlier ones of the same author on the same finding. */
export async function mindChange(store: Store, memory: Memory): Promise<MindChange> {
  const earlier = await earlierOf(store, memory);
  const same = earlier.filter(({ verdict }) => verdict === memory.verdict);
  const outdated = earlier.filter(({ verdict, reason }) => verdict !== memory.verdict || reason === '');
  return {
    saidBefore: memory.reason === '' && same.some(({ reason }) => reason !== ''),
    async supersede() {
      for (const { id } of outdated) {
        await store.learning.setMemoryState(id, 'superseded');
        await store.learning.setExampleState(exampleIdOf(id), 'revoked');
      }
      return outdated.map((old) => ({ ...old, state: 'superseded' }));
    },
  };
}

async function earlierOf(store: Store, { repo, state, findingId, author }: Memory): Promise<Memory[]> {
  if (findingId === undefined || (state !== 'active' && state !== 'quarantined')) return [];
  const memories = await store.learning.memories({ repo, state, limit: MOST_MEMORIES });
  return memories.filter((memory) => memory.findingId === findingId && memory.author.id === author.id);
}
