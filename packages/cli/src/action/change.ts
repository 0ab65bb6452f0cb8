import type { ChangeSet } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import { rangeChangeSet } from '@continuum/git/local-changes';
import { hasCommits } from '@continuum/git/tree-files';
import type { Subject } from './event.ts';

/** A subject with everything known of it. */
export type Known = Exclude<Subject, { readonly kind: 'comment' }>;

/** Asks what the event does not say. Throws CONFIG_INVALID where that takes a token that is not there. */
export async function complete(subject: Subject, host: CodeHost | undefined): Promise<Known> {
  if (subject.kind !== 'comment') return subject;
  if (host === undefined) throw needsToken('a comment does not say what it is about');
  const { repo, pr } = subject;
  const { title, baseSha: base, baseRef, headSha: head, fork } = await host.pullRequest({ repo, pr });
  return { kind: 'pull-request', repo, pr, title, base, baseRef, head, fork };
}

/**
 * The change under review: out of the checkout where it has both commits, else from the code host. Only objects are read, and
 * nothing of the change is run. Throws UNKNOWN_REVISION when neither knows it.
 */
export async function changeOf(subject: Known, workspace: string, host: CodeHost | undefined): Promise<ChangeSet> {
  const { repo, base, head } = subject;
  const pull = subject.kind === 'push' ? {} : { pr: subject.pr, title: subject.title };
  if (await hasCommits(workspace, [base, head])) {
    const from = subject.kind === 'push' ? base : `${base}...`;
    return { ...(await rangeChangeSet({ folder: workspace, base: from, head, name: repo })), ...pull };
  }
  if (subject.kind === 'pull-request' && host !== undefined) return host.changeSet({ repo, pr: subject.pr });
  throw new ContinuumError('UNKNOWN_REVISION', 'the checkout does not have the commits of this event', {
    next: 'Give actions/checkout `fetch-depth: 0`, or the action a token that may read.',
  });
}

function needsToken(why: string): ContinuumError {
  return new ContinuumError('CONFIG_INVALID', `${why}, and there is no token to ask with`, {
    next: 'Leave the input `token` at its default, or give it one that may read pull requests.',
  });
}
