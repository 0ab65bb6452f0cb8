import type { CommandContext, CommandInput, CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import type { Finding } from '@continuum/contract/finding';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import type { Store } from '@continuum/contract/ports/store';
import type { PersonaRuntime } from '../runtime.ts';

/** Inside the transaction that settles a finding: its thread is answered and closed, never deleted. */
export async function enqueueResolution(
  store: Store,
  { id, repo, pr }: Pick<Finding, 'id' | 'repo' | 'pr'>,
  because?: string,
): Promise<void> {
  if (pr === undefined) return;
  const reason = because === undefined ? {} : { because };
  const input: CommandInput<'github/resolve'> = { repo, pr, findingId: id, ...reason };
  await store.outbox.enqueue({ key: `github/resolve:${id}`, command: 'github/resolve', input });
}

/**
 * Handler of `github/resolve`. What was decided before is published before, so the comment of the finding is known by now;
 * a finding in the body of a review has no thread to close.
 */
export async function resolveFinding(
  runtime: PersonaRuntime,
  codeHost: CodeHost,
  input: CommandParsed<'github/resolve'>,
  context: CommandContext,
): Promise<CommandOutput<'github/resolve'>> {
  const { repo, pr, findingId, because } = input;
  const finding = await runtime.store.reviews.finding(findingId);
  if (finding === undefined) throw new ContinuumError('NOT_FOUND', `there is no finding ${findingId}`);
  const comment = threadOf(finding);
  if (comment === undefined) return { resolved: false };
  const key = context.idempotencyKey ?? `github/resolve:${findingId}`;
  const write = { repo, pr, signal: context.signal };
  if (because !== undefined) {
    await codeHost.comment({ ...write, key: `${key}:reply`, body: because, inReplyTo: comment });
  }
  return { resolved: await close(runtime, codeHost, { ...write, key, commentId: comment }) };
}

/**
 * GitHub lets an App close threads only where it may write contents, which few grant. The finding is settled and answered all
 * the same, so a refusal is no failure.
 */
async function close(
  { log }: PersonaRuntime,
  codeHost: CodeHost,
  thread: Parameters<CodeHost['resolveThread']>[0],
): Promise<boolean> {
  try {
    return await codeHost.resolveThread(thread);
  } catch (thrown) {
    const error = toContinuumError(thrown);
    if (error.code !== 'CODE_HOST_REJECTED') throw thrown;
    const { repo, pr } = thread;
    log.warn({ repo, pr, code: error.code, next: error.next }, `a thread stays open: ${error.message}`);
    return false;
  }
}

/** The comment that begins the thread of a finding. */
export function threadOf({ externalId }: Pick<Finding, 'externalId'>): string | undefined {
  return externalId === undefined || !/^\d+$/.test(externalId) ? undefined : externalId;
}
