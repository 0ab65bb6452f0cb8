import type { Finding } from '@continuum/contract/finding';
import type { MessageId } from '@continuum/contract/ids';
import type { Memory } from '@continuum/contract/learning';
import type { Author } from '@continuum/contract/room';
import { takeBackMemory } from './forget.ts';
import type { TrainingRuntime } from './runtime.ts';

const MOST_MEMORIES = 5000;

/** What somebody took back: a message they deleted, or a thumb they took off a finding. */
type TakenBack = { readonly messageId: MessageId } | { readonly thumbOn: Finding; readonly verdict: Memory['verdict'] };

/** Whoever takes their words back takes back what was learned from them, and nothing else that they said. */
export async function takeBack(runtime: TrainingRuntime, taken: TakenBack, by: Author): Promise<void> {
  for (const state of ['active', 'quarantined'] as const) {
    const repo = 'thumbOn' in taken ? { repo: taken.thumbOn.repo } : {};
    const memories = await runtime.store.learning.memories({ ...repo, state, limit: MOST_MEMORIES });
    const learned = memories.filter((memory) => memory.author.id === by.id && isFrom(memory, taken));
    for (const { id } of learned) await takeBackMemory(runtime, id, by);
  }
}

function isFrom(memory: Memory, taken: TakenBack): boolean {
  if ('messageId' in taken) return memory.messageId === taken.messageId;
  return memory.findingId === taken.thumbOn.id && memory.verdict === taken.verdict && memory.reason === '';
}
