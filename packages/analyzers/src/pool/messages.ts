import type { ChangeSet } from '@continuum/contract/change-set';
import type { AnalysisResult } from '@continuum/contract/ports/analyzer';

/** One analyzer on one part of a change. */
export interface Task {
  readonly analyzer: string;
  readonly change: ChangeSet;
}

export interface TaskMessage extends Task {
  readonly id: number;
}

/** What the worker says: that it is up, or how a task ended. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly result: AnalysisResult }
  | { readonly kind: 'failed'; readonly id: number; readonly error: string };
