import type { RoomId } from '@continuum/contract/ids';
import type { Permission } from '@continuum/contract/learning';
import type { Author, MessageSource } from '@continuum/contract/room';
import { type ConsentState, isBot, mayTeach, resolveConsent } from '@continuum/training/trust';
import type { TrainingRuntime } from './runtime.ts';

/** Who said something, where, and about which repository. */
export interface Said {
  readonly author: Author;
  readonly source: MessageSource;
  readonly repo: string | undefined;
  /** Set when the repository is on the code host. */
  readonly pr: number | undefined;
  readonly roomId: RoomId | undefined;
}

export interface Teacher {
  readonly state: 'active' | 'quarantined';
  readonly permission: Permission;
  readonly consent: ConsentState;
  /** One sentence for the audit. */
  readonly because: string;
}

/**
 * Whether somebody's words are learned from, and how; undefined when not at all (bots, personas, an opt-out). Throws what
 * the code host throws when it cannot say what the person may do; that is worth a retry.
 */
export async function teacherOf(runtime: TrainingRuntime, said: Said): Promise<Teacher | undefined> {
  if (said.author.kind !== 'person' || isBot(said.author.id)) return undefined;
  const subject = { person: said.author.id, room: said.roomId, repo: said.repo };
  const consent = resolveConsent(await runtime.store.learning.consents(), subject);
  if (consent === 'opted-out') return undefined;
  const permission = await permissionOf(runtime, said);
  const trust = mayTeach({ ...said, permission, teachers: runtime.settings.teachers });
  if (trust.verdict === 'never') return undefined;
  return { state: trust.verdict, permission: trust.permission, consent, because: trust.because };
}

/** `unknown` for a repository that is on no code host we can ask. Somebody whose login nobody knows has none there. */
async function permissionOf(
  { codeHost }: TrainingRuntime,
  { repo, pr, author }: Said,
): Promise<Permission | 'unknown'> {
  if (codeHost === undefined || repo === undefined || pr === undefined) return 'unknown';
  return author.id.includes(':') ? 'none' : codeHost.permission(repo, author.id);
}
