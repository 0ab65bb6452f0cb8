import type { CodeHost } from '@continuum/contract/ports/code-host';
import { readChangeSet, readPullRequest } from './changes.ts';
import { publishCheck } from './checks.ts';
import { type ClientOptions, createClients, within } from './clients.ts';
import { postComment, upsertSummary } from './comments.ts';
import { readContext, readText } from './context.ts';
import { guarded } from './failures.ts';
import { createPermissions } from './permissions.ts';
import { publishReview } from './reviews.ts';
import { readChangedSince } from './since.ts';
import { resolveThread } from './threads.ts';
import { react, readVoices } from './voices.ts';

export type GithubHostOptions = ClientOptions;

const READ = 'Pull requests: read';
const CONTENTS = 'Contents: read';
const WRITE = 'Pull requests: write';
/** A personal token can never have it. */
const CHECKS = 'Checks: write, which only a GitHub App or a token of GitHub Actions can have';
/** GitHub lets an App close a thread only when it may write contents as well. */
const RESOLVE = 'Pull requests: write and Contents: write';

/**
 * GitHub as a code host over its REST API, and over GraphQL where REST does not reach. Every method throws CODE_HOST_UNAVAILABLE (retryable: network, 5xx, rate
 * limits, with `retryAfterMs` where GitHub says it), CODE_HOST_REJECTED with what to do, or CONFIG_INVALID for an
 * App key that cannot sign. Writing twice under one key happens once: before each write our own markers are looked for.
 */
export function createGithubHost(options: GithubHostOptions): CodeHost {
  const clients = createClients(options);
  const permission = createPermissions(clients);
  return {
    id: 'github',
    pullRequest: (ref) => guarded(READ, async () => readPullRequest(await clients.for(ref.repo), ref)),
    changeSet: (ref) => guarded(CONTENTS, async () => readChangeSet(await clients.for(ref.repo), ref)),
    permission: (repo, login) => guarded('Metadata: read', () => permission(repo, login)),
    publishReview: (input) => guarded(WRITE, () => within(input.signal, () => publishReview(clients, input))),
    upsertSummary: (input) => guarded(WRITE, () => within(input.signal, () => upsertSummary(clients, input))),
    comment: (input) => guarded(WRITE, () => within(input.signal, () => postComment(clients, input))),
    changedSince: (ref, since, head) =>
      guarded(CONTENTS, async () => readChangedSince(await clients.for(ref.repo), ref, since, head)),
    context: (ref) => guarded(READ, async () => readContext(await clients.for(ref.repo), ref)),
    file: (repo, path, commit) => guarded(CONTENTS, async () => readText(await clients.for(repo), repo, path, commit)),
    voices: (ref) => guarded(READ, () => readVoices(clients, ref)),
    publishCheck: (input) => guarded(CHECKS, () => within(input.signal, () => publishCheck(clients, input))),
    resolveThread: (input) => guarded(RESOLVE, () => within(input.signal, () => resolveThread(clients, input))),
    react: (input) => guarded(WRITE, () => within(input.signal, () => react(clients, input))),
  };
}
