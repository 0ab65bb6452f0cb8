import { z } from 'zod';
import { Id, Repository, User } from '../schemas.ts';
import { type GithubAuthor, toAuthor } from './author.ts';

interface OfInstallation {
  readonly installationId: number;
  /** Login of the person or organization, or slug of the enterprise, that installed the App. */
  readonly account: string;
  readonly sender: GithubAuthor;
}

/** Our App came, went, was put on hold, or was given more permissions. */
export interface InstallationEvent extends OfInstallation {
  readonly kind: 'installation';
  readonly action: (typeof INSTALLATION_ACTIONS)[number];
  /** `owner/name` of the repositories it is about; GitHub names them when it comes and goes only. */
  readonly repos: readonly string[];
}

/** Our App sees more or fewer repositories. */
export interface InstallationRepositoriesEvent extends OfInstallation {
  readonly kind: 'installation_repositories';
  readonly action: 'added' | 'removed';
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

const INSTALLATION_ACTIONS = ['created', 'deleted', 'suspend', 'unsuspend', 'new_permissions_accepted'] as const;

const Installation = z.object({
  id: Id,
  account: z.object({ login: z.string().optional(), slug: z.string().optional() }).nullish(),
});

export const InstallationPayload = z.object({
  action: z.enum(INSTALLATION_ACTIONS),
  installation: Installation,
  repositories: z.array(Repository).nullish(),
  sender: User,
});

export const InstallationRepositoriesPayload = z.object({
  action: z.enum(['added', 'removed']),
  installation: Installation,
  repositories_added: z.array(Repository),
  repositories_removed: z.array(Repository),
  sender: User,
});

/** Whose installation it is and what happened to it. */
export function toInstallationEvent(payload: z.output<typeof InstallationPayload>): InstallationEvent {
  return {
    kind: 'installation',
    action: payload.action,
    ...toOwner(payload),
    repos: namesOf(payload.repositories ?? []),
  };
}

/** Which repositories an installation sees since now, and no longer. */
export function toInstallationRepositoriesEvent(
  payload: z.output<typeof InstallationRepositoriesPayload>,
): InstallationRepositoriesEvent {
  return {
    kind: 'installation_repositories',
    action: payload.action,
    ...toOwner(payload),
    added: namesOf(payload.repositories_added),
    removed: namesOf(payload.repositories_removed),
  };
}

function toOwner({
  installation,
  sender,
}: Pick<z.output<typeof InstallationPayload>, 'installation' | 'sender'>): OfInstallation {
  const { id, account } = installation;
  return { installationId: id, account: account?.login ?? account?.slug ?? 'ghost', sender: toAuthor(sender) };
}

function namesOf(repositories: readonly z.output<typeof Repository>[]): string[] {
  return repositories.map((repository) => repository.full_name);
}
