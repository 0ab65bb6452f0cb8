import type { BlockAction, ButtonAction, SlashCommand, ViewSubmitAction } from '@slack/bolt';
import { TOKEN } from './shapes.ts';
import type { OpenView, State, StoredChannel, StoredMessage, StoredUser } from './state.ts';

// What people click and type, held by the compiler to the types of Slack's own SDK.

/** A click on a button of a message. */
export function toClick(
  state: State,
  channel: StoredChannel,
  message: StoredMessage,
  { user, action, triggerId }: { readonly user: StoredUser; readonly action: ButtonAction; readonly triggerId: string },
): BlockAction<ButtonAction> {
  return {
    type: 'block_actions',
    actions: [action],
    team: state.team,
    user: { id: user.id, username: user.name, name: user.name, team_id: state.team.id },
    channel: { id: channel.id, name: channel.name },
    message: { type: 'message', user: message.user, ts: message.ts, text: message.text },
    token: TOKEN,
    response_url: `${state.url}/actions/${triggerId}`,
    trigger_id: triggerId,
    api_app_id: state.app,
    container: { type: 'message', message_ts: message.ts, channel_id: channel.id, is_ephemeral: false },
  };
}

/** A form that was sent. */
export function toSubmission(
  state: State,
  { view, id }: OpenView,
  user: StoredUser,
  { values, triggerId }: { readonly values: ViewSubmitAction['view']['state']['values']; readonly triggerId: string },
): ViewSubmitAction {
  return {
    type: 'view_submission',
    team: state.team,
    user: { id: user.id, name: user.name, team_id: state.team.id },
    api_app_id: state.app,
    token: TOKEN,
    trigger_id: triggerId,
    view: {
      id,
      callback_id: view.callback_id ?? '',
      team_id: state.team.id,
      app_id: state.app,
      bot_id: state.bot.id,
      title: view.title,
      type: 'modal',
      blocks: [],
      close: null,
      submit: null,
      state: { values },
      hash: '1.0',
      private_metadata: view.private_metadata ?? '',
      root_view_id: id,
      previous_view_id: null,
      clear_on_close: false,
      notify_on_close: false,
    },
    response_urls: [],
  };
}

/** A slash command. */
export function toCommand(
  state: State,
  channel: StoredChannel,
  user: StoredUser,
  { text, triggerId }: { readonly text: string; readonly triggerId: string },
): SlashCommand {
  return {
    token: TOKEN,
    command: '/continuum',
    text,
    response_url: `${state.url}/commands/${triggerId}`,
    trigger_id: triggerId,
    user_id: user.id,
    user_name: user.name,
    team_id: state.team.id,
    team_domain: state.team.domain,
    channel_id: channel.id,
    channel_name: channel.name,
    api_app_id: state.app,
    is_enterprise_install: 'false',
  };
}
