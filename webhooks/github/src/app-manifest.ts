import { WebhookEventName } from '@continuum/contract/event';
import { z } from 'zod';
import { createClients } from './clients.ts';
import { guarded } from './failures.ts';

/** A GitHub App before it exists, in GitHub's own words ("Registering a GitHub App from a manifest"). */
export interface AppManifest {
  readonly name: string;
  readonly url: string;
  readonly description: string;
  readonly public: false;
  readonly redirect_url: string;
  readonly hook_attributes: { readonly url: string; readonly active: boolean };
  readonly default_events: readonly string[];
  readonly default_permissions: Readonly<Record<string, 'read' | 'write'>>;
}

export interface ManifestOptions {
  /** Unique on the host; people can change it on the page that asks them. */
  readonly name: string;
  /** Where the browser comes back to. */
  readonly redirectUrl: string;
  /** Public address of our webhooks; the hook stays off without one. */
  readonly webhookUrl?: string | undefined;
  /** GitHub closes review threads only for who may write contents; without it they are answered and stay open. */
  readonly closesThreads?: boolean | undefined;
}

/** The least that reviewing, commenting, checks and asking who may teach take. */
const PERMISSIONS = {
  checks: 'write',
  contents: 'read',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
} as const;
/** Events that come only with one more permission. */
const EXTRA: Readonly<Record<string, Readonly<Record<string, 'read'>>>> = { workflow_run: { actions: 'read' } };
/** Sent to every App; it cannot ask for them. */
const UNASKED: ReadonlySet<string> = new Set(['installation', 'installation_repositories']);
/** GitHub wants an address also for a hook that is off. */
const NO_ADDRESS = 'https://example.com/webhooks/github';

/** The manifest of our App: the events that are handled, and the least permissions. */
export function appManifest({ name, redirectUrl, webhookUrl, closesThreads }: ManifestOptions): AppManifest {
  const events = WebhookEventName.options
    .filter((event) => event.startsWith('webhook:github:'))
    .map((event) => event.slice('webhook:github:'.length))
    .filter((event) => !UNASKED.has(event));
  return {
    name,
    url: new URL(webhookUrl ?? NO_ADDRESS).origin,
    description: 'AI teammates that get better by being corrected',
    public: false,
    redirect_url: redirectUrl,
    hook_attributes: { url: webhookUrl ?? NO_ADDRESS, active: webhookUrl !== undefined },
    default_events: events,
    default_permissions: Object.assign(
      { ...PERMISSIONS, ...(closesThreads === true ? { contents: 'write' } : {}) },
      ...events.map((event) => EXTRA[event] ?? {}),
    ),
  };
}

const Conversion = z.object({
  id: z.number().int(),
  slug: z.string(),
  html_url: z.url(),
  pem: z.string().startsWith('-----BEGIN'),
  webhook_secret: z.string().min(1),
});

/** An App as it was made; the key and the secret are shown this once. */
export interface CreatedApp {
  readonly id: string;
  readonly slug: string;
  /** Where it is installed on repositories. */
  readonly installUrl: string;
  readonly privateKey: string;
  readonly webhookSecret: string;
}

/** Exchanges the code that the browser brought. Throws CODE_HOST_REJECTED for one that was used or is over an hour old. */
export async function convertManifest(apiUrl: string, code: string): Promise<CreatedApp> {
  const clients = createClients({ apiUrl, throttle: false });
  const data = await guarded('none', async () => {
    const octokit = await clients.for('');
    return (await octokit.rest.apps.createFromManifest({ code })).data;
  });
  const { id, slug, html_url: page, pem, webhook_secret: webhookSecret } = Conversion.parse(data);
  return { id: String(id), slug, installUrl: `${page}/installations/new`, privateKey: pem, webhookSecret };
}
