import type { Octokit } from 'octokit';
import type { Clients, HostLog } from './clients.ts';
import { toHostError } from './failures.ts';
import { ownerAndName } from './names.ts';
import { withKey } from './private-key.ts';

/** One try of GitHub to deliver an event. */
export interface Attempt {
  readonly id: number;
  /** The event's id: the same for every attempt, and for every webhook that wants it. */
  readonly guid: string;
  readonly event: string;
  /** ISO 8601. */
  readonly at: string;
  /** Answered with 2xx. */
  readonly delivered: boolean;
}

/** The deliveries of one webhook as GitHub remembers them. */
export interface DeliveryLog {
  /** Attempts at `since` or later, newest first. */
  attempts(since: Date): AsyncIterable<Attempt>;
  /** JSON text of what was sent; undefined when GitHub has it no more. */
  payload(attempt: Attempt): Promise<string | undefined>;
}

/** A page of GitHub's list, as far as we read it. */
type Page = readonly {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly delivered_at: string;
  readonly status_code: number;
}[];

const PER_PAGE = 100;
/** Where our own webhooks point to, behind whatever host. */
const OUR_PATH = '/webhooks/github';

/** The webhook of a GitHub App: one for all its repositories. */
export function appLog({ paginate, rest }: Octokit): DeliveryLog {
  return {
    attempts: (since) => attemptsOf(paginate.iterator(rest.apps.listWebhookDeliveries, { per_page: PER_PAGE }), since),
    async payload({ id }) {
      const { data } = await withKey(() => rest.apps.getWebhookDelivery({ delivery_id: id }));
      return toText(data.request.payload);
    },
  };
}

/**
 * The webhooks of repositories that point at us. A repository whose webhooks the token may not see is named in the log and
 * passed over. Throws when that is all of them.
 */
export async function repositoryLogs(
  clients: Clients,
  repositories: readonly string[],
  log: HostLog | undefined,
): Promise<DeliveryLog[]> {
  const found: DeliveryLog[] = [];
  const refusals: Error[] = [];
  for (const repo of repositories) {
    try {
      found.push(...(await logsOf(await clients.for(repo), repo, log)));
    } catch (thrown) {
      const error = toHostError(thrown, 'Webhooks: read');
      if (error.retryable) throw error;
      refusals.push(error);
      log?.warn(`missed deliveries of ${repo} cannot be asked for: ${error.message}. ${error.next ?? ''}`);
    }
  }
  if (refusals[0] !== undefined && refusals.length === repositories.length) throw refusals[0];
  return found;
}

async function logsOf({ paginate, rest }: Octokit, repo: string, log: HostLog | undefined): Promise<DeliveryLog[]> {
  const place = ownerAndName(repo);
  const hooks = await paginate(rest.repos.listWebhooks, { ...place, per_page: PER_PAGE });
  const ours = hooks.filter(({ config }) => pathOf(config.url ?? '').endsWith(OUR_PATH));
  if (ours.length === 0) log?.warn(`${repo} has no webhook whose address ends in ${OUR_PATH}`);
  return ours.map(({ id: hook }) => {
    const about = { ...place, hook_id: hook };
    return {
      attempts: (since) =>
        attemptsOf(paginate.iterator(rest.repos.listWebhookDeliveries, { ...about, per_page: PER_PAGE }), since),
      async payload({ id }) {
        const { data } = await rest.repos.getWebhookDelivery({ ...about, delivery_id: id });
        return toText(data.request.payload);
      },
    };
  });
}

async function* attemptsOf(pages: AsyncIterable<{ readonly data: Page }>, since: Date): AsyncIterable<Attempt> {
  for await (const { data } of pages) {
    for (const { id, guid, event, delivered_at: deliveredAt, status_code: status } of data) {
      const at = new Date(deliveredAt).toISOString();
      if (at < since.toISOString()) return;
      yield { id, guid, event, at, delivered: status >= 200 && status < 300 };
    }
  }
}

function toText(payload: unknown): string | undefined {
  return payload === null || payload === undefined ? undefined : JSON.stringify(payload);
}

function pathOf(url: string): string {
  return (URL.parse(url)?.pathname ?? '').replace(/\/+$/, '');
}
