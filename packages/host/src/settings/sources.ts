import type { SourceName } from '@continuum/contract/source';
import { z } from 'zod';

const secret = z.string().min(8, 'use at least 8 characters');

/** A scheme and a host, whose first part may be `*`. */
function isOrigin(text: string): boolean {
  const plain = text.replace(/^(https?:\/\/)\*\./, '$1');
  return /^https?:\/\//.test(plain) && !plain.includes('*') && URL.parse(plain)?.origin === plain;
}

/** Settings of the places where teams work besides GitHub, by their environment names. */
export const SourceEnvironment = z.object({
  SLACK_SIGNING_SECRET: secret.optional(),
  /** Begins with `xoxb-`. */
  SLACK_BOT_TOKEN: z.string().optional(),
  /** Begins with `xapp-`: events come over a socket that we open, and no address of ours has to be reachable. */
  SLACK_APP_TOKEN: z.string().optional(),
  SLACK_API_URL: z.url().default('https://slack.com/api/'),
  /** Id of the channel that shows the room `dev-updates`, such as `C024BE91L`. */
  SLACK_CHANNEL: z.string().optional(),
  LINEAR_WEBHOOK_SECRET: secret.optional(),
  LINEAR_API_KEY: z.string().optional(),
  LINEAR_API_URL: z.url().default('https://api.linear.app/graphql'),
  JIRA_WEBHOOK_SECRET: secret.optional(),
  /** Address of the site, such as `https://acme.atlassian.net`. */
  JIRA_URL: z.url().optional(),
  JIRA_EMAIL: z.string().optional(),
  JIRA_API_TOKEN: z.string().optional(),
  CI_WEBHOOK_SECRET: secret.optional(),
  VSCODE_WEBHOOK_SECRET: secret.optional(),
  /**
   * Origins by commas whose pages may use the API: editors in a browser, such as `https://*.vscode-cdn.net`. `*.` stands for any
   * subdomain, and for nothing else.
   */
  EDITOR_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((item) => item.trim().replace(/\/$/, '')))
    .pipe(z.array(z.string().refine(isOrigin, 'use origins such as https://*.vscode-cdn.net')))
    .optional(),
});
type SourceEnvironment = z.infer<typeof SourceEnvironment>;

export interface SlackSettings {
  readonly apiUrl: string;
  readonly botToken: string | undefined;
  readonly appToken: string | undefined;
  /** Shows `dev-updates`. */
  readonly channel: string | undefined;
}

export interface TrackerSettings {
  readonly linear: { readonly apiUrl: string; readonly apiKey: string } | undefined;
  readonly jira: { readonly url: string; readonly email: string; readonly apiToken: string } | undefined;
}

/** Webhook secrets by source; a source without one is off. */
export type WebhookSecrets = Readonly<Partial<Record<SourceName, string>>>;

/** The secrets that were given; `github` comes with GitHub's own settings. */
export function webhookSecrets(
  env: SourceEnvironment & { readonly GITHUB_WEBHOOK_SECRET?: string | undefined },
): WebhookSecrets {
  const given = {
    github: env.GITHUB_WEBHOOK_SECRET,
    slack: env.SLACK_SIGNING_SECRET,
    linear: env.LINEAR_WEBHOOK_SECRET,
    jira: env.JIRA_WEBHOOK_SECRET,
    ci: env.CI_WEBHOOK_SECRET,
    vscode: env.VSCODE_WEBHOOK_SECRET,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** How we reach Slack. */
export function slackSettings(env: SourceEnvironment): SlackSettings {
  return {
    apiUrl: env.SLACK_API_URL,
    botToken: env.SLACK_BOT_TOKEN,
    appToken: env.SLACK_APP_TOKEN,
    channel: env.SLACK_CHANNEL,
  };
}

/** How we reach trackers; one without credentials is off. */
export function trackerSettings(env: SourceEnvironment): TrackerSettings {
  const { LINEAR_API_KEY, LINEAR_API_URL, JIRA_URL, JIRA_EMAIL, JIRA_API_TOKEN } = env;
  return {
    linear: LINEAR_API_KEY === undefined ? undefined : { apiUrl: LINEAR_API_URL, apiKey: LINEAR_API_KEY },
    jira:
      JIRA_URL === undefined || JIRA_EMAIL === undefined || JIRA_API_TOKEN === undefined
        ? undefined
        : { url: JIRA_URL, email: JIRA_EMAIL, apiToken: JIRA_API_TOKEN },
  };
}
