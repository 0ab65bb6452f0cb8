import type { Finding } from '@continuum/contract/finding';
import { EventId, ScopeId } from '@continuum/contract/ids';
import type { Message } from '@continuum/contract/room';
import { conversationOf, threadRoot } from '@continuum/room/thread';
import { type Dialogue, dialogueOf, openExampleId, toDialogueExample } from '@continuum/training/dialogue';
import type { TrainingRuntime } from './runtime.ts';
import { teacherOf } from './teacher.ts';

/**
 * Keeps a correction made in conversation: the objection at once, and once a person confirmed the persona's fix, the
 * whole of it instead. False when the message is neither.
 */
export async function learnFromDialogue(
  runtime: TrainingRuntime,
  message: Message,
  finding: Finding | undefined,
): Promise<boolean> {
  const thread = await runtime.store.rooms.thread(threadRoot(message));
  const dialogue = dialogueOf(message, conversationOf(message, thread), finding !== undefined);
  if (dialogue === undefined) return false;
  await keepDialogue(runtime, dialogue, finding);
  return true;
}

async function keepDialogue(runtime: TrainingRuntime, dialogue: Dialogue, finding: Finding | undefined): Promise<void> {
  const { author, source, roomId } = dialogue.correction;
  const repo = finding?.repo ?? source.repo;
  const teacher = await teacherOf(runtime, { author, source, repo, pr: finding?.pr ?? source.pr, roomId });
  if (teacher === undefined) return;
  const scope = finding?.scope ?? (await runtime.store.rooms.get(roomId))?.scope ?? ScopeId.parse('/');
  const example = toDialogueExample(dialogue, { ...teacher, finding, scope, repo });
  await runtime.store.transaction(async ({ learning, audit }) => {
    // No overlapping windows: the whole replaces its beginning.
    if (dialogue.resolution !== undefined) {
      await learning.setExampleState(openExampleId(dialogue.correction), 'revoked');
    }
    if (!(await learning.addExample(example))) return;
    await audit.record({
      ...{ actor: `person:${author.id}`, action: 'learning/dialogue', subject: `exampleId:${example.id}` },
      detail: { state: example.state, because: teacher.because },
    });
  });
  const { id, state, priority } = example;
  const told = { id: EventId.parse(`evt_${id}_example`) };
  await runtime.bus.emit('learning:example', { exampleId: id, scope, state, priority }, told);
}
