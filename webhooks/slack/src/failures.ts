import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';

/** Answers of Slack that say nothing of the request: it may succeed later. */
const PASSING: ReadonlySet<string> = new Set([
  'fatal_error',
  'internal_error',
  'org_login_required',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
]);
const LIMITED: ReadonlySet<string> = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded']);
const LIMIT_MS = 30_000;

const INVITE = 'Invite the app to the channel: /invite @Continuum.';
const TOKEN = 'Set SLACK_BOT_TOKEN to the Bot User OAuth Token (xoxb-…) of the installed app.';
const NEXT: Readonly<Record<string, string>> = {
  not_in_channel: INVITE,
  channel_not_found: `${INVITE} Check the id of the channel: it begins with C or G.`,
  is_archived: 'Unarchive the channel, or show the room in another one: /continuum connect <room>.',
  restricted_action: 'Let apps post in this channel: its settings, "Posting permissions".',
  invalid_auth: TOKEN,
  not_authed: TOKEN,
  token_revoked: TOKEN,
  token_expired: TOKEN,
  account_inactive: 'The app was removed from the workspace. Install it again, then set SLACK_BOT_TOKEN anew.',
  not_allowed_token_type: 'SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-: check which is where.',
  msg_too_long: 'Slack takes no message that long; shorten it.',
  invalid_blocks: 'Slack refuses the content of this message as it stands.',
};

/** Runs work and turns whatever Slack answers into CHAT_UNAVAILABLE (retryable) or CHAT_REJECTED. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toChatError(error);
  }
}

/** Did Slack refuse with one of these words? */
export function isRefusal(error: unknown, ...words: readonly string[]): boolean {
  return error instanceof WebAPIPlatformError && words.includes(error.data.error);
}

/** A failed call as an error that says what to do. Requests and their headers stay out of it: they carry the token. */
export function toChatError(error: unknown): ContinuumError {
  if (error instanceof ContinuumError) return error;
  if (error instanceof WebAPIRateLimitedError) return unavailable('Slack limits our requests', error.retryAfter * 1000);
  if (error instanceof WebAPIHTTPError) return ofStatus(error.statusCode);
  if (error instanceof WebAPIPlatformError) return ofWords(error);
  if (!(error instanceof WebAPIRequestError)) return toContinuumError(error);
  const { original } = error;
  return original instanceof ContinuumError ? original : unavailable(`Slack did not answer: ${reasonOf(original)}`);
}

function ofStatus(status: number): ContinuumError {
  if (status >= 500 || status === 408 || status === 429) return unavailable(`Slack answered ${status}`);
  return new ContinuumError('CHAT_REJECTED', `Slack answered ${status}`, { next: 'Check SLACK_API_URL.' });
}

function ofWords({ data }: WebAPIPlatformError): ContinuumError {
  const words = data.error;
  // A connection that breaks inside a body leaves the client with half a text for an error: what was asked may have happened.
  if (!/^[a-z][a-z0-9_]{0,80}$/.test(words)) return unavailable("Slack's answer broke off in the middle");
  if (PASSING.has(words)) return unavailable(`Slack answered ${words}`);
  if (LIMITED.has(words)) return unavailable(`Slack answered ${words}`, LIMIT_MS);
  return new ContinuumError('CHAT_REJECTED', `Slack refused: ${words}`, { next: nextStep(words, data) });
}

function nextStep(words: string, data: object): string {
  if (words !== 'missing_scope') return NEXT[words] ?? 'Look at the word of Slack; trying again will not help.';
  const needed =
    'needed' in data && typeof data.needed === 'string' ? ` ${data.needed.slice(0, 100)}` : 's of docs/slack.md';
  return `Give the app the scope${needed} on its OAuth & Permissions page and install it again.`;
}

function reasonOf(error: Error): string {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`.slice(0, 300);
}

function unavailable(message: string, retryAfterMs?: number): ContinuumError {
  return new ContinuumError('CHAT_UNAVAILABLE', message, {
    next: 'Nothing to do: the call is tried again. If it lasts, look at status.slack.com and SLACK_API_URL.',
    retryable: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
