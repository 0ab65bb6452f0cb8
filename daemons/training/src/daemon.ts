import type { CommandParsed, Commands } from '@continuum/contract/command';
import type { SuggestionJudged } from '@continuum/contract/editor';
import type { Consent, Memory } from '@continuum/contract/learning';
import type { Subscription } from '@continuum/contract/ports/bus';
import { OUTLASTS_AN_OUTAGE } from '@continuum/host/patience';
import type { Daemon } from '@continuum/host/runtime';
import { onMessage, onReaction } from './conversation.ts';
import { giveEditorFeedback, onSuggestion } from './editor.ts';
import { approveExample, exportExamples, listExamples, revokeExample } from './examples.ts';
import { giveFeedback, onFeedback } from './feedback.ts';
import { revokeMemory } from './forget.ts';
import { createLayerTraining } from './layers/layers.ts';
import { exportLessons, importLessons } from './lessons.ts';
import type { TrainingRuntime } from './runtime.ts';

/** Listens in every room, learns from what people say, show and decide, and turns corrections into layers. */
export function createTrainingDaemon(runtime: TrainingRuntime): Daemon {
  let subscriptions: Subscription[] = [];
  const layers = createLayerTraining(runtime);
  return {
    name: 'training',
    async start() {
      registerCommands(runtime.commands, runtime);
      subscriptions = await subscribe(runtime);
      await layers.start();
    },
    async stop() {
      await layers.stop();
      const running = subscriptions;
      subscriptions = [];
      await Promise.all(running.map((subscription) => subscription.stop()));
    },
  };
}

function subscribe(runtime: TrainingRuntime): Promise<Subscription[]> {
  const { bus } = runtime;
  return Promise.all([
    bus.subscribe('room:message', async ({ payload }) => onMessage(runtime, payload), {
      durable: 'training-messages',
      ...OUTLASTS_AN_OUTAGE,
    }),
    bus.subscribe('room:reaction', async ({ payload, at }) => onReaction(runtime, payload, at), {
      durable: 'training-reactions',
      ...OUTLASTS_AN_OUTAGE,
    }),
    bus.subscribe('feedback:given', async ({ payload }) => onFeedback(runtime, payload), {
      durable: 'training-feedback',
      ...OUTLASTS_AN_OUTAGE,
    }),
    bus.subscribe('vscode:suggestion-accepted', ({ payload }) => learnFromEditor(runtime, payload), {
      durable: 'training-editor-accepted',
      ...OUTLASTS_AN_OUTAGE,
    }),
    bus.subscribe('vscode:suggestion-modified', ({ payload }) => learnFromEditor(runtime, payload), {
      durable: 'training-editor-modified',
      ...OUTLASTS_AN_OUTAGE,
    }),
    bus.subscribe('vscode:suggestion-dismissed', ({ payload }) => learnFromEditor(runtime, payload), {
      durable: 'training-editor-dismissed',
      ...OUTLASTS_AN_OUTAGE,
    }),
  ]);
}

async function learnFromEditor(runtime: TrainingRuntime, judged: SuggestionJudged): Promise<void> {
  await onSuggestion(runtime, judged);
}

function registerCommands(commands: Commands, runtime: TrainingRuntime): void {
  commands.register('feedback/give', (input) => giveFeedback(runtime, input));
  commands.register('editor/feedback', (input) => giveEditorFeedback(runtime, input));
  commands.register('examples/list', (input) => listExamples(runtime, input));
  commands.register('examples/export', (input) => exportExamples(runtime, input));
  commands.register('examples/approve', (input) => approveExample(runtime, input));
  commands.register('examples/revoke', (input) => revokeExample(runtime, input));
  commands.register('memory/list', (input) => listMemories(runtime, input));
  commands.register('memory/revoke', (input) => revokeMemory(runtime, input));
  commands.register('lessons/export', (input) => exportLessons(runtime, input));
  commands.register('lessons/import', (input) => importLessons(runtime, input));
  commands.register('consent/set', (input) => setConsent(runtime, input));
}

function listMemories(
  runtime: TrainingRuntime,
  { repo, scope, state, limit }: CommandParsed<'memory/list'>,
): Promise<Memory[]> {
  return runtime.store.learning.memories({
    limit,
    ...(repo === undefined ? {} : { repo }),
    ...(scope === undefined ? {} : { scopes: [scope] }),
    ...(state === undefined ? {} : { state }),
  });
}

async function setConsent(runtime: TrainingRuntime, input: CommandParsed<'consent/set'>): Promise<Consent> {
  const consent = { ...input, at: runtime.now().toISOString() };
  await runtime.store.learning.setConsent(consent);
  return consent;
}
