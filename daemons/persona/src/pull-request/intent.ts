import { toContinuumError } from '@continuum/contract/errors';
import type { Intent } from '@continuum/contract/intent';
import type { CodeHost, PullRequestContext, PullRequestInfo } from '@continuum/contract/ports/code-host';
import type { Ticket } from '@continuum/contract/source';
import { branchTicketKeys, ticketKeys } from '@continuum/ticket/keys';
import type { PersonaRuntime } from '../runtime.ts';

const MOST_TICKETS = 5;
/**
 * What a pull request is for: its own words, the issues it closes, the tickets it names in title, text or branch. A host or a
 * tracker that does not answer costs its part, never the review.
 */
export async function readIntent(runtime: PersonaRuntime, codeHost: CodeHost, info: PullRequestInfo): Promise<Intent> {
  const context = await orElse(runtime, 'context', () => codeHost.context(info), toContext(info));
  const named = [...ticketKeys(`${context.title}\n${context.body}`), ...branchTicketKeys(info.headRef)];
  const tickets = await readTickets(runtime, [...new Set(named)].slice(0, MOST_TICKETS));
  return toIntent(context, [...context.issues, ...tickets]);
}

function toContext({ title, body }: PullRequestInfo): PullRequestContext {
  return { title, body, commits: [], issues: [] };
}

async function readTickets(runtime: PersonaRuntime, keys: readonly string[]): Promise<Ticket[]> {
  const found: Ticket[] = [];
  for (const key of keys) {
    for (const tracker of runtime.trackers) {
      const ticket = await orElse(runtime, tracker.source, () => tracker.ticket(key), undefined);
      if (ticket === undefined) continue;
      found.push(ticket);
      break;
    }
  }
  return found;
}

async function orElse<T>({ log }: PersonaRuntime, what: string, ask: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    const error = toContinuumError(thrown);
    log.warn({ what, code: error.code }, `what the change is for is not known in full: ${error.message}`);
    return otherwise;
  }
}

function toIntent({ title, body, commits }: PullRequestContext, tickets: readonly Ticket[]): Intent {
  return {
    title: title.slice(0, 1_000),
    body: body.slice(0, 20_000),
    commits: commits.slice(-100).map((message) => message.slice(0, 2_000)),
    tickets: tickets.slice(0, 20).map(({ key, title: name, description, url }) => ({
      ...{ key: key.slice(0, 100), title: name.slice(0, 1_000), url: url.slice(0, 2_000) },
      description: description.slice(0, 10_000),
    })),
  };
}
