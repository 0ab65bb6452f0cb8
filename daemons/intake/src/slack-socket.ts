import type { Core, Daemon } from '@continuum/host/runtime';
import type { SlackSocket } from '@continuum/webhook-slack/socket';
import type { Intake } from './intake.ts';

/** Deliveries of Slack over a socket that we open, where a token for it is set: they take intake's own way. */
export function createSlackIntake(
  { settings, log, now }: Pick<Core, 'settings' | 'log' | 'now'>,
  intake: Pick<Intake, 'keep'>,
): Daemon {
  let socket: SlackSocket | undefined;
  return {
    name: 'slack-socket',
    async start() {
      const { apiUrl, appToken } = settings.slack;
      if (appToken === undefined) return;
      const { createSlackSocket } = await import('@continuum/webhook-slack/socket');
      const take = (delivery: Parameters<Intake['keep']>[1]) => intake.keep('slack', delivery);
      socket = createSlackSocket({ apiUrl, token: appToken, log, now, take });
      await socket.start();
    },
    async stop() {
      await socket?.stop();
    },
  };
}
