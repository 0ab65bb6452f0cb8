import type { ReadSignals, Signal } from '@continuum/contract/source';
import { readClick, readSubmission } from './clicks.ts';
import { readMessage, readReaction } from './messages.ts';
import { BlockActions, Envelope, externalIdOf, SlashCommand, ViewSubmission } from './payload.ts';

/**
 * Reads the signals off a delivery of Slack: messages, their edits and deletions, reactions, buttons, answered forms and slash
 * commands. What our own bot did is no signal; what other bots say comes with an author of kind `bot`. Pure.
 */
export const readSignals: ReadSignals = (event, payload) => {
  if (event === 'event_callback') return readEvent(payload);
  if (event === 'interactive') return readInteraction(payload);
  return event === 'command' ? readCommand(payload) : [];
};

function readEvent(payload: Readonly<Record<string, unknown>>): readonly Signal[] {
  const envelope = Envelope.safeParse(payload).data;
  if (envelope === undefined) return [];
  const { type } = envelope.event;
  if (type === 'message') return readMessage(envelope);
  return type === 'reaction_added' || type === 'reaction_removed' ? readReaction(envelope) : [];
}

function readInteraction(payload: Readonly<Record<string, unknown>>): readonly Signal[] {
  const clicked = BlockActions.safeParse(payload).data;
  if (clicked !== undefined) return readClick(clicked);
  const submitted = ViewSubmission.safeParse(payload).data;
  return submitted === undefined ? [] : readSubmission(submitted);
}

function readCommand(payload: Readonly<Record<string, unknown>>): readonly Signal[] {
  const typed = SlashCommand.safeParse(payload).data;
  if (typed === undefined) return [];
  const { channel_id: channel, channel_name: title, user_id: id, user_name: name } = typed;
  return [
    {
      kind: 'command',
      externalId: externalIdOf(channel, `command-${typed.trigger_id}`),
      place: { id: channel, ...(title === undefined ? {} : { title }) },
      author: { id, name: name ?? id, kind: 'person' },
      at: typed.received_at,
      words: typed.text.trim().slice(0, 2000),
    },
  ];
}
