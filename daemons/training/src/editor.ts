import type { CommandOutput, CommandParsed } from '@continuum/contract/command';
import type { EditorAction, SuggestionJudged } from '@continuum/contract/editor';
import { ContinuumError } from '@continuum/contract/errors';
import { EventId, FeedbackId, newId } from '@continuum/contract/ids';
import { transactAndTell } from '@continuum/host/tell';
import { giveFeedback } from './feedback.ts';
import type { TrainingRuntime } from './runtime.ts';

const EVENT_OF = {
  accepted: 'vscode:suggestion-accepted',
  modified: 'vscode:suggestion-modified',
  dismissed: 'vscode:suggestion-dismissed',
} as const;

/**
 * Handler of `editor/feedback`: tells what somebody did, durably, and answers with what is learned from it. The handler of the
 * event does the learning; it is called here too, because who asked waits for the answer, and finds it done later, or finishes
 * it after a crash. Throws NOT_FOUND for an unknown finding, INVALID_INPUT when it suggests nothing that could be modified.
 */
export async function giveEditorFeedback(
  runtime: TrainingRuntime,
  { id, ...verdict }: CommandParsed<'editor/feedback'>,
): Promise<CommandOutput<'editor/feedback'>> {
  await assertJudgeable(runtime, verdict);
  const feedbackId = id ?? FeedbackId.parse(newId('fb', runtime.now().getTime()));
  const judged = { ...verdict, feedbackId };
  await transactAndTell(runtime, (_store, tell) =>
    tell(EVENT_OF[verdict.action], judged, EventId.parse(`editor:${feedbackId}`)),
  );
  return onSuggestion(runtime, judged);
}

async function assertJudgeable(
  { store }: TrainingRuntime,
  { findingId, action }: Pick<SuggestionJudged, 'findingId' | 'action'>,
): Promise<void> {
  const finding = await store.reviews.finding(findingId);
  if (finding === undefined) {
    throw new ContinuumError('NOT_FOUND', `there is no finding ${findingId}`, {
      next: 'Save the file once more: its findings come with their ids.',
    });
  }
  if (action !== 'modified' || finding.suggestion !== undefined) return;
  throw new ContinuumError('INVALID_INPUT', `finding ${findingId} suggests nothing that could be modified`, {
    next: 'Say that it is right or wrong, and why.',
  });
}

/** What was done in an editor is feedback like any other. Done again it is the same feedback. */
export function onSuggestion(
  runtime: TrainingRuntime,
  { feedbackId: id, findingId, action, text, reason, author }: SuggestionJudged,
): Promise<CommandOutput<'feedback/give'>> {
  const meaning = meaningOf(action, text);
  return giveFeedback(runtime, { ...meaning, id, findingId, reason, author, source: { kind: 'vscode' } });
}

function meaningOf(action: EditorAction, text = ''): Pick<CommandParsed<'feedback/give'>, 'kind' | 'value'> {
  if (action === 'modified') return { kind: 'edit', value: text };
  return action === 'accepted' ? { kind: 'confirmation', value: 'right' } : { kind: 'correction', value: 'wrong' };
}
