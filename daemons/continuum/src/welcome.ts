import type { Settings } from '@continuum/host/settings';
import type { DaemonKind } from './kinds.ts';

/** What `npm start` prints when the system is ready. */
export function welcome(settings: Settings, url: string, ms: number): string {
  return [
    `Continuum is ready in ${(ms / 1000).toFixed(1)} s.`,
    '',
    `  Web room   ${url}`,
    `  Review     npm run continuum -- review HEAD~1..HEAD --repo <your work tree>`,
    ...github(settings, url),
    '',
    'Ctrl+C stops it.',
  ].join('\n');
}

/** What `continuum daemon <kind>` prints when the process is ready. */
export function welcomeDaemon(kind: DaemonKind, { instance }: Settings, url: string, ms: number): string {
  const more = { intake: `  Webhooks   ${url}/webhooks/github\n`, gateway: `  Web room   ${url}\n` };
  return [
    `Continuum ${kind} ${instance} is ready in ${(ms / 1000).toFixed(1)} s.`,
    `${kind === 'intake' || kind === 'gateway' ? more[kind] : ''}  Health     ${url}/readyz`,
  ].join('\n');
}

function github(settings: Settings, url: string): string[] {
  const receives = settings.webhookSecrets.github !== undefined;
  const writes = settings.github.token !== undefined || settings.github.app !== undefined;
  if (receives && writes) return [`  GitHub     connected; webhooks go to ${url}/webhooks/github`];
  const missing = [...(receives ? [] : ['GITHUB_WEBHOOK_SECRET']), ...(writes ? [] : ['GITHUB_TOKEN'])];
  return [
    `  GitHub     not connected: set ${missing.join(' and ')}, then add a webhook (content type JSON) to`,
    `             ${url}/webhooks/github for pull requests, comments, reviews and pushes`,
  ];
}
