import type { ButtonAction } from '@slack/bolt';
import type { SlackEvent } from '@slack/types';
import type { Deliveries } from './deliveries.ts';
import type { FakeSlack } from './fake-slack.ts';
import { toClick, toCommand, toSubmission } from './person-shapes.ts';
import { toChangedEvent, toDeletedEvent, toEnvelope, toHomeEvent, toMessageEvent, toReactionEvent } from './shapes.ts';
import { channelOf, messageOf, type State, type StoredMessage, userOf } from './state.ts';

export interface World {
  readonly state: State;
  readonly deliveries: Deliveries;
}

type Names<K extends keyof FakeSlack> = Pick<FakeSlack, K>;

/** Sends an event of the Events API. */
export async function tell({ state, deliveries }: World, event: SlackEvent): Promise<void> {
  const payload = { ...toEnvelope(state, event) };
  const body = JSON.stringify(payload);
  await deliveries.send({ type: 'events_api', contentType: 'application/json', body, payload });
}

/** What people write. */
export function messageActions(world: World): Names<'say' | 'edit' | 'remove' | 'react' | 'unreact'> {
  const { state } = world;
  const toggle = async (added: boolean, channel: string, ts: string, user: string, emoji: string): Promise<void> => {
    const message = messageOf(state, channel, ts);
    if (!change(message, added, user, emoji)) return;
    const type = added ? 'reaction_added' : 'reaction_removed';
    await tell(world, toReactionEvent(type, channel, message, { user, emoji, eventTs: state.nextTs() }));
  };
  return {
    async say(id, user, text, { thread, bot } = {}) {
      const channel = channelOf(state, id);
      if (thread !== undefined) messageOf(state, id, thread).thread ??= thread;
      const base = { blocks: undefined, metadata: undefined, edited: undefined, username: undefined };
      const message: StoredMessage = { ...base, ts: state.nextTs(), thread, user, bot, text, reactions: [] };
      channel.messages.push(message);
      await tell(world, toMessageEvent(state, channel, message));
      return message.ts;
    },
    async edit(id, ts, text) {
      const channel = channelOf(state, id);
      const message = messageOf(state, id, ts);
      const before = toMessageEvent(state, channel, message);
      message.text = text;
      message.edited = { user: message.user, ts: state.nextTs() };
      await tell(world, toChangedEvent(state, channel, before, message));
    },
    async remove(id, ts) {
      const channel = channelOf(state, id);
      const before = toMessageEvent(state, channel, messageOf(state, id, ts));
      channel.messages = channel.messages.filter((each) => each.ts !== ts);
      await tell(world, toDeletedEvent(channel, before, state.nextTs()));
    },
    react: (channel, ts, user, emoji) => toggle(true, channel, ts, user, emoji),
    unreact: (channel, ts, user, emoji) => toggle(false, channel, ts, user, emoji),
  };
}

/** False when nothing changes. */
function change({ reactions }: StoredMessage, added: boolean, user: string, emoji: string): boolean {
  const known = reactions.find(({ name }) => name === emoji);
  const has = known?.users.includes(user) === true;
  if (has === added) return false;
  if (!added) known?.users.splice(known.users.indexOf(user), 1);
  else if (known === undefined) reactions.push({ name: emoji, users: [user] });
  else known.users.push(user);
  return true;
}

/** What people click and type. */
export function personActions(world: World): Names<'click' | 'submit' | 'command' | 'openHome'> {
  const { state, deliveries } = world;
  const trigger = (user: string): string => {
    const id = `${state.nextId('')}.${state.team.id}.${state.triggers.size}`;
    state.triggers.set(id, { user, at: state.clock().getTime(), used: false });
    return id;
  };
  const interact = async (payload: object): Promise<void> => {
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const form = { contentType: 'application/x-www-form-urlencoded', body, payload: { ...payload } } as const;
    await deliveries.send({ type: 'interactive', ...form });
  };
  return {
    async click(id, ts, user, label) {
      const message = messageOf(state, id, ts);
      const triggerId = trigger(user);
      const action = toAction(state, message, label);
      await interact(toClick(state, channelOf(state, id), message, { user: userOf(state, user), action, triggerId }));
      return triggerId;
    },
    async submit(user, words) {
      const index = state.open.findIndex((each) => each.user === user);
      const [open] = index === -1 ? [] : state.open.splice(index, 1);
      const field = open?.view.blocks[0];
      if (open === undefined || field?.type !== 'input') throw new Error(`no form for ${user}`);
      const value = words === '' ? null : words;
      const values = { [field.block_id ?? '']: { [field.element.action_id]: { type: 'plain_text_input', value } } };
      await interact(toSubmission(state, open, userOf(state, user), { values, triggerId: trigger(user) }));
    },
    async command(id, user, text) {
      const given = { text, triggerId: trigger(user) };
      const payload = toCommand(state, channelOf(state, id), userOf(state, user), given);
      const fields = Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)]);
      const body = new URLSearchParams(fields).toString();
      const form = { contentType: 'application/x-www-form-urlencoded', body, payload } as const;
      const sent = await deliveries.send({ type: 'slash_commands', ...form });
      return sent?.response ?? '';
    },
    openHome: (user) => tell(world, toHomeEvent(user, state.nextTs())),
  };
}

function toAction(state: State, { blocks = [], ts }: StoredMessage, label: string): ButtonAction {
  for (const block of blocks) {
    if (block.type !== 'actions') continue;
    const button = block.elements.find((each) => each.text.text === label);
    if (button === undefined) continue;
    return {
      type: 'button',
      block_id: block.block_id ?? '',
      action_id: button.action_id,
      action_ts: state.nextTs(),
      text: { type: 'plain_text', text: label },
      ...(button.value === undefined ? {} : { value: button.value }),
    };
  }
  throw new Error(`the message ${ts} has no button "${label}"`);
}
