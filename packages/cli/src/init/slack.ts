import { z } from 'zod';
import manifest from './slack-manifest.json' with { type: 'json' };

/** The parts of a Slack app manifest that depend on how events come in; the rest is the data file's. */
const Manifest = z.looseObject({
  features: z.looseObject({ slash_commands: z.array(z.looseObject({ command: z.string() })) }),
  settings: z.looseObject({
    event_subscriptions: z.looseObject({ bot_events: z.array(z.string()) }),
    interactivity: z.looseObject({ is_enabled: z.boolean() }),
    socket_mode_enabled: z.boolean(),
  }),
});

/**
 * The manifest of our Slack app. With `address`, a public `https://host`, Slack calls us over HTTP; without one we open a
 * socket to Slack and nothing of ours has to be reachable.
 */
export function slackManifest(address: string | undefined): unknown {
  const base = Manifest.parse(manifest);
  if (address === undefined) return base;
  const url = new URL('/webhooks/slack', address).href;
  const { features, settings } = base;
  return {
    ...base,
    features: { ...features, slash_commands: features.slash_commands.map((command) => ({ ...command, url })) },
    settings: {
      ...settings,
      event_subscriptions: { ...settings.event_subscriptions, request_url: url },
      interactivity: { ...settings.interactivity, request_url: url },
      socket_mode_enabled: false,
    },
  };
}
