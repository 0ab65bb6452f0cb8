import type { QueryFailure } from '../failure.ts';

/** What the worker is started with. */
export interface WorkerStart {
  readonly folder: string;
  /** A database folder to begin with a copy of. */
  readonly template?: string | undefined;
  /** File that seals the folder between a clean close and the next start: checked and removed first, written last. */
  readonly seal?: string | undefined;
}

export type Request =
  | { readonly kind: 'query'; readonly sql: string; readonly params: readonly unknown[] }
  /** A durable one. */
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'close' };

export type Numbered = Request & { readonly id: number };

/** Reply 0 says that the database is open, or what is damaged. */
export type Reply =
  | { readonly id: 0; readonly damage: string }
  | { readonly id: number; readonly rows: unknown[][] }
  | { readonly id: number; readonly failure: QueryFailure };
