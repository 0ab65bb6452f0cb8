import type { z } from 'zod';
import type { User } from '../schemas.ts';

export interface GithubAuthor {
  /** The login. */
  readonly id: string;
  readonly kind: 'person' | 'bot';
}

/** Who somebody is in a payload. */
export function toAuthor(user: z.output<typeof User>): GithubAuthor {
  return { id: user.login, kind: user.type === 'Bot' || user.login.endsWith('[bot]') ? 'bot' : 'person' };
}
