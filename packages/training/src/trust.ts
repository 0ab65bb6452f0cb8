import type { Consent, Permission } from '@continuum/contract/learning';
import type { Author, MessageSource } from '@continuum/contract/room';

export interface Teaching {
  readonly author: Author;
  readonly source: MessageSource;
  /** On the code host; `unknown` when the repository is on none. */
  readonly permission: Permission | 'unknown';
  /** Logins that may teach whatever their permission. */
  readonly teachers: readonly string[];
}

export interface Trust {
  /** `active` teaches at once, `quarantined` waits for approval, `never` is not learned from. */
  readonly verdict: 'active' | 'quarantined' | 'never';
  readonly permission: Permission;
  /** One sentence for the audit. */
  readonly because: string;
}

/** Channels only the authenticated operator reaches: with the token of the API, or with the secret that editors sign with. */
const OPERATOR_CHANNELS: ReadonlySet<MessageSource['kind']> = new Set(['web', 'cli', 'api', 'vscode']);

/** Who may teach (TRN-5): write permission or the allow-list; the operator's own channels where no code host can tell. */
export function mayTeach({ author, source, permission, teachers }: Teaching): Trust {
  const known: Permission = permission === 'unknown' ? 'none' : permission;
  if (author.kind !== 'person' || isBot(author.id)) {
    return { verdict: 'never', permission: known, because: `${author.id} is no person` };
  }
  if (permission === 'admin' || permission === 'write') {
    return { verdict: 'active', permission, because: `${author.id} has ${permission} permission` };
  }
  if (teachers.some((teacher) => teacher.toLowerCase() === author.id.toLowerCase())) {
    return { verdict: 'active', permission: known, because: `${author.id} is on the list of teachers` };
  }
  if (permission === 'unknown' && OPERATOR_CHANNELS.has(source.kind)) {
    return { verdict: 'active', permission: 'write', because: `said by the operator over ${source.kind}` };
  }
  return { verdict: 'quarantined', permission: known, because: `${author.id} has ${known} permission` };
}

/** Does a login belong to an app? GitHub marks those with `[bot]`. */
export function isBot(login: string): boolean {
  return /\[bot\]$/i.test(login);
}

export interface ConsentSubject {
  readonly person: string;
  readonly room?: string | undefined;
  readonly repo?: string | undefined;
}

export type ConsentState = 'opted-in' | 'default' | 'opted-out';

/** The choice that holds (TRN-6): a person's own before the room's before the repository's; an opt-out wins a tie. */
export function resolveConsent(consents: readonly Consent[], subject: ConsentSubject): ConsentState {
  const narrowestFirst = [
    ['person', subject.person],
    ['room', subject.room],
    ['repo', subject.repo],
  ] as const;
  for (const [kind, id] of narrowestFirst) {
    const choices = consents.filter((consent) => consent.subject === kind && consent.id === id);
    const choice = lastChoice(choices);
    if (choice !== undefined) return choice === 'opt-in' ? 'opted-in' : 'opted-out';
  }
  return 'default';
}

function lastChoice(consents: readonly Consent[]): Consent['choice'] | undefined {
  const latest = consents
    .map(({ at }) => at)
    .sort()
    .at(-1);
  const choices = consents.filter(({ at }) => at === latest).map(({ choice }) => choice);
  return choices.includes('opt-out') ? 'opt-out' : choices[0];
}
