import type { CommandInput } from '@continuum/contract/command';
import type { Finding } from '@continuum/contract/finding';
import { EventId } from '@continuum/contract/ids';
import type { SourceName, VerdictSignal } from '@continuum/contract/source';
import { transactAndTell } from '@continuum/host/tell';
import { deliveredFeedbackId } from '../identity.ts';
import type { PersonaRuntime } from '../runtime.ts';
import { authorOf } from './authors.ts';
import { messageAt } from './places.ts';

/** Which delivery a signal came with, and which of its signals it is. */
export interface Origin {
  readonly source: SourceName;
  readonly deliveryId: string;
  readonly nth: number;
}

/** What a button, a quick fix or a closed thread says of a finding is explicit feedback. */
export async function takeVerdict(runtime: PersonaRuntime, origin: Origin, signal: VerdictSignal): Promise<void> {
  if (signal.author.kind === 'bot') return;
  const finding = await findingAbout(runtime, origin.source, signal);
  if (finding === undefined) return;
  if (signal.verdict === 'resolved') return settle(runtime, finding, origin);
  const { source, deliveryId, nth } = origin;
  const { place } = signal;
  const input: CommandInput<'feedback/give'> = {
    ...meaningOf(signal),
    id: deliveredFeedbackId(source, deliveryId, nth),
    findingId: finding.id,
    reason: signal.reason,
    author: await authorOf(runtime.store, source, signal.author),
    source: { kind: source, place: place.id, ...(place.repo === undefined ? {} : { repo: place.repo }) },
  };
  await runtime.commands.execute('feedback/give', input, { caller: { kind: 'system', id: `persona-${source}` } });
}

async function findingAbout(
  { store }: PersonaRuntime,
  source: SourceName,
  { about }: VerdictSignal,
): Promise<Finding | undefined> {
  if ('findingId' in about) return store.reviews.finding(about.findingId);
  const id = (await messageAt(store, source, about.externalId))?.findingId;
  return id === undefined ? undefined : store.reviews.finding(id);
}

function meaningOf({ verdict, text = '' }: VerdictSignal): Pick<CommandInput<'feedback/give'>, 'kind' | 'value'> {
  if (verdict === 'edit') return { kind: 'edit', value: text };
  return { kind: verdict === 'right' ? 'confirmation' : 'correction', value: verdict };
}

/** A closed thread says that the matter is over, and not who was right. */
async function settle(runtime: PersonaRuntime, { id, repo, status }: Finding, origin: Origin): Promise<void> {
  if (status !== 'posted') return;
  await transactAndTell(runtime, async (store, tell) => {
    await store.reviews.setStatus(id, 'resolved');
    const eventId = EventId.parse(`resolved:${id}:${origin.deliveryId}`);
    await tell('finding:changed', { findingId: id, repo, status: 'resolved' }, eventId);
  });
}
