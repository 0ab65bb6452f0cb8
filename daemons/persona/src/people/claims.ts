import { createHash, randomBytes } from 'node:crypto';
import type { CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import { CLAIM_MS, CODE_BYTES, makeCode } from '@continuum/room/handshake';
import type { PeopleRuntime } from './runtime.ts';

/**
 * Handler of `people/claim`: somebody on a source says which login is theirs and gets a code. It proves nothing yet: the login
 * has to say it on the code host. Throws INVALID_INPUT for a claim on the code host itself.
 */
export async function claim(
  { store, now }: PeopleRuntime,
  { kind, externalId, person }: CommandParsed<'people/claim'>,
): Promise<CommandOutput<'people/claim'>> {
  if (kind === CODE_HOST) {
    throw new ContinuumError('INVALID_INPUT', `on ${CODE_HOST} everybody is who they are`, {
      next: 'Claim a login for somebody on another source, such as slack.',
    });
  }
  const code = makeCode(randomBytes(CODE_BYTES));
  const at = now();
  const expiresAt = new Date(at.getTime() + CLAIM_MS);
  await store.values.set(claimKey(code), { kind, externalId, person, at: at.toISOString() }, expiresAt);
  return { code, expiresAt: expiresAt.toISOString() };
}

/** Where logins are, and so where they are proven. */
export const CODE_HOST = 'github';

/** The code itself is kept nowhere: who reads the store or a backup cannot prove with it. */
export function claimKey(code: string): string {
  return `people:claim:${createHash('sha256').update(code).digest('hex')}`;
}
