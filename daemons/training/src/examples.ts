import type { CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { ExampleId } from '@continuum/contract/ids';
import type { Memory, TrainingExample } from '@continuum/contract/learning';
import type { Store } from '@continuum/contract/ports/store';
import type { Author } from '@continuum/contract/room';
import { type Tell, transactAndTell } from '@continuum/host/tell';
import { toJsonLines } from '@continuum/training/export';
import { resolveConsent } from '@continuum/training/trust';
import { forget, tellForgotten } from './forget.ts';
import { settle } from './learn.ts';
import type { TrainingRuntime } from './runtime.ts';

const PAGE = 1000;

/** Training examples of a scope and below it, newest first. */
export function listExamples(
  runtime: TrainingRuntime,
  input: CommandParsed<'examples/list'>,
): Promise<TrainingExample[]> {
  const { scope, state, limit } = input;
  return runtime.store.learning.examples({
    limit,
    ...(scope === undefined ? {} : { scope }),
    ...(state === undefined ? {} : { state }),
  });
}

/** All active examples whose authors still consent, in one format. */
export async function exportExamples(
  runtime: TrainingRuntime,
  { scope, format }: CommandParsed<'examples/export'>,
): Promise<CommandOutput<'examples/export'>> {
  const consents = await runtime.store.learning.consents();
  const examples = (await activeExamples(runtime.store, scope)).filter(({ provenance }) => {
    const subject = { person: provenance.author.id, repo: provenance.repo };
    return resolveConsent(consents, subject) !== 'opted-out';
  });
  return toJsonLines(examples, format);
}

/** Oldest first, so that an export only grows at its end. */
async function activeExamples(store: Store, scope: TrainingExample['scope'] | undefined): Promise<TrainingExample[]> {
  const all: TrainingExample[] = [];
  for (;;) {
    const before = all.at(-1)?.id;
    const page = await store.learning.examples({
      ...{ limit: PAGE, state: 'active' },
      ...(scope === undefined ? {} : { scope }),
      ...(before === undefined ? {} : { before }),
    });
    all.push(...page);
    if (page.length < PAGE) return all.reverse();
  }
}

interface Decision {
  readonly id: ExampleId;
  readonly by: Author;
}

/** Takes an example and its memory into learning and settles the finding. Throws NOT_FOUND. */
export async function approveExample(runtime: TrainingRuntime, { id, by }: Decision): Promise<TrainingExample> {
  return transactAndTell(runtime, async (store, tell) => {
    const example = { ...(await requireExample(store, id)), state: 'active' as const };
    await store.learning.setExampleState(id, 'active');
    const memory = await activate(store, example);
    const status = await settle(store, memory);
    await recordDecision(store, by, 'examples/approved', example);
    await tellApproved(tell, example, memory);
    if (status !== undefined && memory?.findingId !== undefined) {
      await tell('finding:changed', { findingId: memory.findingId, repo: memory.repo, status });
    }
    return example;
  });
}

async function activate(store: Store, { provenance }: TrainingExample): Promise<Memory | undefined> {
  const { memoryId } = provenance;
  if (memoryId === undefined) return undefined;
  await store.learning.setMemoryState(memoryId, 'active');
  return store.learning.memory(memoryId);
}

async function tellApproved(tell: Tell, example: TrainingExample, memory: Memory | undefined): Promise<void> {
  const { id, scope, state, priority } = example;
  await tell('learning:example', { exampleId: id, scope, state, priority });
  if (memory === undefined) return;
  await tell('learning:memory', { memoryId: memory.id, scope: memory.scope, state: memory.state });
}

/** Takes back an example and the memory made with it; a finding declined only by it is open again. Throws NOT_FOUND. */
export async function revokeExample(runtime: TrainingRuntime, { id, by }: Decision): Promise<TrainingExample> {
  return transactAndTell(runtime, async (store, tell) => {
    const example = { ...(await requireExample(store, id)), state: 'revoked' as const };
    const { memoryId } = example.provenance;
    const forgotten = memoryId === undefined ? undefined : await forget(store, memoryId);
    await store.learning.setExampleState(id, 'revoked');
    await recordDecision(store, by, 'examples/revoked', example);
    const { scope, state, priority } = example;
    await tell('learning:example', { exampleId: id, scope, state, priority });
    if (forgotten !== undefined) await tellForgotten(tell, forgotten);
    return example;
  });
}

async function requireExample(store: Store, id: ExampleId): Promise<TrainingExample> {
  const example = await store.learning.example(id);
  if (example !== undefined) return example;
  throw new ContinuumError('NOT_FOUND', `there is no example ${id}`, { next: 'List the examples for their ids.' });
}

function recordDecision(store: Store, by: Author, action: string, example: TrainingExample): Promise<void> {
  const detail = { memoryId: example.provenance.memoryId ?? null, author: example.provenance.author.id };
  return store.audit.record({ actor: `${by.kind}:${by.id}`, action, subject: `exampleId:${example.id}`, detail });
}
