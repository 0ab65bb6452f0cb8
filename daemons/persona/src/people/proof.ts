import type { CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import { PersonClaim, type PersonLink } from '@continuum/contract/room';
import { readCode } from '@continuum/room/handshake';
import { CODE_HOST, claimKey } from './claims.ts';
import type { PeopleRuntime } from './runtime.ts';

/**
 * Handler of `people/prove`: the login that a claim names said its code, so both are one person. A code works once. Throws
 * NOT_FOUND for a code that nobody has or had for too long, FORBIDDEN when somebody else says it: then it stays open.
 */
export async function prove(
  { store, now }: PeopleRuntime,
  { kind, login, code }: CommandParsed<'people/prove'>,
): Promise<PersonLink> {
  const key = claimKey(readCode(code) ?? code);
  return store.transaction(async (inside) => {
    await inside.values.lock(key);
    const claimed = PersonClaim.safeParse(await inside.values.get(key));
    if (!claimed.success) throw unknownCode();
    const { externalId, person } = claimed.data;
    if (kind !== CODE_HOST || person.toLowerCase() !== login.toLowerCase()) throw somebodyElse();
    const link = { kind: claimed.data.kind, externalId, person: login, by: `proof:${kind}`, at: now().toISOString() };
    await inside.views.linkPerson(link);
    await inside.values.delete(key);
    return link;
  });
}

function unknownCode(): ContinuumError {
  return new ContinuumError('NOT_FOUND', 'nobody claims anything under this code', {
    next: 'A code works once and for 15 minutes: ask for a new one where you got it.',
  });
}

/** Says not whom the code is for. */
function somebodyElse(): ContinuumError {
  return new ContinuumError('FORBIDDEN', 'this code is for another login', {
    next: 'Ask for a code that names your own login.',
  });
}
