import type { CommandInput } from '@continuum/contract/command';
import type { WebhookEventName } from '@continuum/contract/event';
import type { AnyEnvelope } from '@continuum/contract/ports/bus';
import {
  type MessageSignal,
  type ReadSignals,
  type ResultsSignal,
  type Signal,
  SourceName,
} from '@continuum/contract/source';
import { readSignals as readCi } from '@continuum/webhook-ci/signals';
import { readSignals as readGithub } from '@continuum/webhook-github/signals';
import { readSignals as readJira } from '@continuum/webhook-jira/signals';
import { readSignals as readLinear } from '@continuum/webhook-linear/signals';
import { readSignals as readSlack } from '@continuum/webhook-slack/signals';
import type { PersonaRuntime } from '../runtime.ts';
import { ensureTicketThread, takeTicket } from '../tickets/thread.ts';
import { takeCommand, takeMessage } from './messages.ts';
import { takeReaction } from './reactions.ts';
import { type Origin, takeVerdict } from './verdicts.ts';

/** How the deliveries of each source are read. Adding a source is its folder under `webhooks/` and a line here. */
const READERS: Readonly<Partial<Record<SourceName, ReadSignals>>> = {
  github: readGithub,
  linear: readLinear,
  jira: readJira,
  ci: readCi,
  slack: readSlack,
};

/** Everything a delivery says, each signal `completed` where its source leaves something out; handled again, it changes nothing. */
export async function onDelivery(
  runtime: PersonaRuntime,
  delivered: Pick<AnyEnvelope<WebhookEventName>, 'name' | 'payload'>,
  completed: (signal: Signal) => Promise<Signal> = async (signal) => signal,
): Promise<void> {
  const { deliveryId, payload } = delivered.payload;
  const [, name, event = ''] = delivered.name.split(':');
  const source = SourceName.parse(name);
  const signals = READERS[source]?.(event, payload) ?? [];
  for (const [nth, signal] of signals.entries())
    await take(runtime, { source, deliveryId, nth }, await completed(signal));
}

async function take(runtime: PersonaRuntime, origin: Origin, signal: Signal): Promise<void> {
  switch (signal.kind) {
    case 'message':
      await beginTicket(runtime, origin.source, signal);
      return takeMessage(runtime, origin.source, signal);
    case 'command':
      return takeCommand(runtime, origin.source, signal);
    case 'reaction':
      return takeReaction(runtime, origin.source, signal);
    case 'verdict':
      return takeVerdict(runtime, origin, signal);
    case 'ticket':
      return takeTicket(runtime, origin.source, signal);
    case 'results':
      return takeResults(runtime, signal);
  }
}

/** What is said on a ticket is said in its thread, whether we heard of the ticket before or not. */
async function beginTicket(
  runtime: PersonaRuntime,
  source: SourceName,
  { action, author, place, at }: MessageSignal,
): Promise<void> {
  if ((source !== 'linear' && source !== 'jira') || action === 'deleted' || author.kind === 'bot') return;
  await ensureTicketThread(runtime, source, place, at);
}

async function takeResults({ commands }: PersonaRuntime, signal: ResultsSignal): Promise<void> {
  const { repo, pr, head, tool, outcome, findings, url } = signal;
  const input: CommandInput<'review/results'> = {
    ...{ repo, head, tool, outcome, findings: [...findings] },
    ...(pr === undefined ? {} : { pr }),
    ...(url === undefined ? {} : { url }),
  };
  await commands.execute('review/results', input, { caller: { kind: 'system', id: 'persona-ci' } });
}
