import { EventId, FeedbackId } from '@continuum/contract/ids';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postFinding, startTraining, type TestSystem } from './runtime.ts';

const ANA = { kind: 'person', id: 'ana', name: 'Ana' } as const;
const OPERATOR = { caller: { kind: 'operator', id: 'ana' } } as const;
const SUGGESTION = { startLine: 1, endLine: 1, replacement: 'run(true);' };

let system: TestSystem;
beforeAll(async () => {
  system = await startTraining();
});
afterAll(() => system.close());

const examplesOf = async (findingId: string) =>
  (await system.runtime.store.learning.examples({ limit: 1000 })).filter(
    ({ provenance }) => provenance.findingId === findingId,
  );

it('learns from the event alone: whoever told it may have died right after', async () => {
  const { finding } = await postFinding(system.runtime);
  const judged = { findingId: finding.id, action: 'dismissed', reason: 'Only in tests.', author: ANA } as const;
  const feedbackId = FeedbackId.parse('fb_editor_1');
  await system.runtime.bus.emit(
    'vscode:suggestion-dismissed',
    { ...judged, feedbackId },
    { id: EventId.parse(`editor:${feedbackId}`) },
  );
  await system.settled();
  expect((await system.runtime.store.reviews.finding(finding.id))?.status).toBe('declined');
  expect(await system.runtime.store.learning.listFeedback({ findingId: finding.id })).toMatchObject([
    { id: feedbackId, kind: 'correction', reason: 'Only in tests.', source: { kind: 'vscode' } },
  ]);
  // The same told again by hand, under its id.
  const again = await system.runtime.commands.execute('editor/feedback', { ...judged, id: feedbackId }, OPERATOR);
  await system.settled();
  expect(again.learned).toBe('active');
  expect(await examplesOf(finding.id)).toHaveLength(1);
});

it('an edit of suggested code is chosen over that code', async () => {
  const { finding } = await postFinding(system.runtime, { suggestion: SUGGESTION });
  const judged = { findingId: finding.id, action: 'modified', text: 'run(safe);', author: ANA } as const;
  await system.runtime.commands.execute('editor/feedback', judged, OPERATOR);
  await system.settled();
  expect(await examplesOf(finding.id)).toMatchObject([
    { signal: 'edit', preference: { chosen: 'run(safe);', rejected: SUGGESTION.replacement } },
  ]);
});

it('refuses an edit of nothing, and text where nothing was edited', async () => {
  const { finding } = await postFinding(system.runtime);
  const { commands } = system.runtime;
  const about = { findingId: finding.id, author: ANA } as const;
  for (const wrong of [
    { action: 'modified', text: 'x' },
    { action: 'modified' },
    { action: 'accepted', text: 'x' },
  ] as const)
    await expect(commands.execute('editor/feedback', { ...about, ...wrong }, OPERATOR)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  expect(await examplesOf(finding.id)).toEqual([]);
});
