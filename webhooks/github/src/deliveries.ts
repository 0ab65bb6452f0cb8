import type { DeliverySource, MissedDelivery } from '@continuum/contract/ports/delivery-source';
import { type ClientOptions, createClients, type HostLog, within } from './clients.ts';
import { type Attempt, appLog, type DeliveryLog, repositoryLogs } from './delivery-logs.ts';
import { guarded } from './failures.ts';

export interface GithubDeliveriesOptions extends ClientOptions {
  /** `owner/name` of the repositories whose webhooks a token may ask; an App asks for itself and needs none. */
  readonly repositories: () => Promise<readonly string[]>;
  readonly log?: HostLog | undefined;
}

/** Everything GitHub tried for one event. */
interface Tried {
  readonly first: Attempt;
  readonly from: DeliveryLog;
  readonly delivered: boolean;
}

const READ = 'Webhooks: read';

/**
 * What GitHub could not deliver in the last three days, by its deliveries API
 * (https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries). Deliveries of one id are one event: it
 * is missed when no attempt of it was answered with 2xx. Throws CODE_HOST_UNAVAILABLE (retryable, with `retryAfterMs` at a
 * rate limit) and CODE_HOST_REJECTED.
 */
export function createGithubDeliveries(options: GithubDeliveriesOptions): DeliverySource {
  const clients = createClients(options);
  const logs = async (): Promise<DeliveryLog[]> =>
    clients.app === undefined
      ? repositoryLogs(clients, await options.repositories(), options.log)
      : [appLog(clients.app)];
  return {
    source: 'github',
    async *missed(since, until, signal) {
      const inReach = <T>(work: () => Promise<T>): Promise<T> => guarded(READ, () => within(signal, work));
      const tried = await inReach(async () => triedSince(await logs(), since));
      const missed = [...tried.values()].filter(
        ({ delivered, first }) => !delivered && first.at <= until.toISOString(),
      );
      for (const { first, from } of missed.sort((a, b) => a.first.at.localeCompare(b.first.at))) {
        const body = await inReach(() => from.payload(first));
        if (body === undefined) options.log?.warn(`GitHub kept no payload of delivery ${first.guid}`);
        else yield { deliveryId: first.guid, event: first.event, at: first.at, body } satisfies MissedDelivery;
      }
    },
  };
}

async function triedSince(logs: readonly DeliveryLog[], since: Date): Promise<ReadonlyMap<string, Tried>> {
  const tried = new Map<string, Tried>();
  for (const from of logs) {
    for await (const attempt of from.attempts(since))
      tried.set(attempt.guid, withAttempt(tried.get(attempt.guid), attempt, from));
  }
  return tried;
}

function withAttempt(known: Tried | undefined, attempt: Attempt, from: DeliveryLog): Tried {
  if (known === undefined) return { first: attempt, from, delivered: attempt.delivered };
  const delivered = known.delivered || attempt.delivered;
  return attempt.at < known.first.at ? { first: attempt, from, delivered } : { ...known, delivered };
}
