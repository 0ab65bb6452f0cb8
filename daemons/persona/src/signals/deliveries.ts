import type { WebhookEventName } from '@continuum/contract/event';
import type { AnyEnvelope } from '@continuum/contract/ports/bus';
import { type ReadSignals, type Signal, SourceName } from '@continuum/contract/source';
import { readSignals as readGithub } from '@continuum/webhook-github/signals';
import type { PersonaRuntime } from '../runtime.ts';
import { takeCommand, takeMessage } from './messages.ts';
import { takeReaction } from './reactions.ts';
import { type Origin, takeVerdict } from './verdicts.ts';

/** How the deliveries of each source are read. Adding a source is its folder under `webhooks/` and a line here. */
const READERS: Readonly<Partial<Record<SourceName, ReadSignals>>> = {
  github: readGithub,
};

/** Everything a delivery says, one after the other; handled again, it changes nothing. */
export async function onDelivery(runtime: PersonaRuntime, delivered: AnyEnvelope<WebhookEventName>): Promise<void> {
  const { deliveryId, payload } = delivered.payload;
  const [, name, event = ''] = delivered.name.split(':');
  const source = SourceName.parse(name);
  const signals = READERS[source]?.(event, payload) ?? [];
  for (const [nth, signal] of signals.entries()) await take(runtime, { source, deliveryId, nth }, signal);
}

async function take(runtime: PersonaRuntime, origin: Origin, signal: Signal): Promise<void> {
  switch (signal.kind) {
    case 'message':
      return takeMessage(runtime, origin.source, signal);
    case 'command':
      return takeCommand(runtime, origin.source, signal);
    case 'reaction':
      return takeReaction(runtime, origin.source, signal);
    case 'verdict':
      return takeVerdict(runtime, origin, signal);
    case 'ticket':
    case 'results':
      return;
  }
}
