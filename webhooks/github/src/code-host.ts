import { ContinuumError } from '@continuum/contract/errors';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import { readChangeSet, readPullRequest } from './changes.ts';
import { type ClientOptions, createClients, within } from './clients.ts';
import { postComment, upsertSummary } from './comments.ts';
import { guarded } from './failures.ts';
import { createPermissions } from './permissions.ts';
import { publishReview } from './reviews.ts';

export type GithubHostOptions = ClientOptions;

const READ = 'Pull requests: read';
const CONTENTS = 'Contents: read';
const WRITE = 'Pull requests: write';

/**
 * GitHub as a code host over its REST API. Every method throws CODE_HOST_UNAVAILABLE (retryable: network, 5xx, rate
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
    changedSince: async () => notBuilt(),
    context: async () => notBuilt(),
    file: async () => notBuilt(),
    voices: async () => notBuilt(),
    publishCheck: async () => notBuilt(),
    resolveThread: async () => notBuilt(),
    react: async () => notBuilt(),
  };
}

function notBuilt(): never {
  throw new ContinuumError('CODE_HOST_REJECTED', 'this part of the port is not built yet', { next: 'Wait for it.' });
}
