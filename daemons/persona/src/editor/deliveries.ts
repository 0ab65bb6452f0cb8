import type { WebhookPayload } from '@continuum/contract/event';
import type { FeedbackId } from '@continuum/contract/ids';
import type { VerdictSignal } from '@continuum/contract/source';
import { readSave, readSignals } from '@continuum/webhook-vscode/signals';
import { deliveredFeedbackId } from '../identity.ts';
import type { PersonaRuntime } from '../runtime.ts';
import { authorOf } from '../signals/authors.ts';

const CALLER = { caller: { kind: 'system', id: 'persona-editor' } } as const;
const ACTION_OF = { right: 'accepted', wrong: 'dismissed', edit: 'modified' } as const;

/** What editors that sign their deliveries tell: the same as the API takes from ours. */
export async function onEditorDelivery(
  runtime: PersonaRuntime,
  { deliveryId, event, payload }: WebhookPayload,
): Promise<void> {
  const save = readSave(event, payload);
  if (save !== undefined) await runtime.commands.execute('editor/review', save, CALLER);
  for (const signal of readSignals(event, payload)) {
    if (signal.kind === 'verdict') await giveVerdict(runtime, signal, deliveredFeedbackId('vscode', deliveryId, 0));
  }
}

/** A finding that is not known, or suggests nothing to change, is no finding of ours: nothing is learned. */
async function giveVerdict({ store, commands }: PersonaRuntime, signal: VerdictSignal, id: FeedbackId): Promise<void> {
  const { about, verdict, reason, text, author } = signal;
  if (!('findingId' in about) || verdict === 'resolved' || author.kind === 'bot') return;
  const finding = await store.reviews.finding(about.findingId);
  if (finding === undefined || (verdict === 'edit' && finding.suggestion === undefined)) return;
  const person = await authorOf(store, 'vscode', author);
  const action = ACTION_OF[verdict];
  const words = text === undefined ? {} : { text };
  await commands.execute(
    'editor/feedback',
    { id, findingId: finding.id, action, reason, author: person, ...words },
    CALLER,
  );
}
