import type { PullRequestRef } from '@continuum/contract/ports/code-host';
import type { Octokit } from 'octokit';
import { type ClientOptions, type Clients, createClients } from './clients.ts';
import { guarded } from './failures.ts';
import { ownerAndName } from './names.ts';
import { isOurs } from './ownership.ts';

/** What somebody answered to a comment of ours. */
export interface ThreadReply {
  readonly externalId: string;
  /** Login; bots are left out. */
  readonly author: string;
  /** Untrusted text. */
  readonly body: string;
  readonly url: string;
  /** ISO 8601. */
  readonly at: string;
}

/** A comment of ours on a line, and what people answered. */
export interface ToldFinding {
  readonly fingerprint: string;
  readonly externalId: string;
  readonly url: string;
  /** Oldest first. */
  readonly replies: readonly ThreadReply[];
}

/** What a pull request was told of findings so far, read off the pull request itself. */
export interface Told {
  readonly fingerprints: ReadonlySet<string>;
  /** Those that stand on a line and can be answered. */
  readonly threads: readonly ToldFinding[];
}

/** Invisible, names the claim whatever run made it: who keeps no store knows by it what was said before. */
export function fingerprintMarker(fingerprint: string): string {
  return `<!-- continuum-fingerprint:${fingerprint.replaceAll(/[^0-9A-Za-z]/g, '')} -->`;
}

const MARKED = /<!-- continuum-fingerprint:([0-9A-Za-z]+) -->/g;
const OUR_END = /<!-- continuum(?:-finding)?:[^>]* -->\s*$/;

/**
 * Reads what stands on a pull request under our own name. Throws CODE_HOST_UNAVAILABLE (retryable) or CODE_HOST_REJECTED with
 * what to do.
 */
export function readTold(options: ClientOptions, ref: PullRequestRef): Promise<Told> {
  const clients = createClients(options);
  return guarded('Pull requests: read', async () => read(clients, await clients.for(ref.repo), ref));
}

async function read(clients: Clients, octokit: Octokit, { repo, pr }: PullRequestRef): Promise<Told> {
  const where = { ...ownerAndName(repo), pull_number: pr, per_page: 100 };
  const [reviews, comments] = await Promise.all([
    octokit.paginate(octokit.rest.pulls.listReviews, where),
    octokit.paginate(octokit.rest.pulls.listReviewComments, where),
  ]);
  const fingerprints = new Set<string>();
  for (const { user, body } of reviews) {
    if (OUR_END.test(body) && (await isOurs(clients, user))) for (const each of marked(body)) fingerprints.add(each);
  }
  const threads: ToldFinding[] = [];
  for (const { id, user, body, html_url: url } of comments) {
    const [fingerprint] = marked(body);
    if (fingerprint === undefined || !OUR_END.test(body) || !(await isOurs(clients, user))) continue;
    fingerprints.add(fingerprint);
    const answers = comments.filter((comment) => comment.in_reply_to_id === id);
    threads.push({ fingerprint, externalId: String(id), url, replies: answers.flatMap(toReply) });
  }
  return { fingerprints, threads };
}

function marked(body: string): string[] {
  return [...body.matchAll(MARKED)].map(([, fingerprint]) => fingerprint ?? '');
}

type Comment = Awaited<ReturnType<Octokit['rest']['pulls']['listReviewComments']>>['data'][number];

/** What we wrote ourselves, under whoever's token, ends with a marker and teaches nothing. */
function toReply({ id, user, body, html_url: url, updated_at: at }: Comment): ThreadReply[] {
  // A deleted account is null in the answer, whatever the types say.
  const author: { readonly login: string; readonly type: string } | null = user;
  if (author === null || author.type === 'Bot' || author.login.endsWith('[bot]') || OUR_END.test(body)) return [];
  return [{ externalId: String(id), author: author.login, body, url, at }];
}
