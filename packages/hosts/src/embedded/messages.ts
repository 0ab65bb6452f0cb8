import type { Adapter } from '@continuum/contract/adapter';
import type { ErrorCode } from '@continuum/contract/errors';
import type { LayerId } from '@continuum/contract/layer';
import type { PeftFiles } from '@continuum/transformer/format/peft';

/** A request as the engine takes it, with its layers by name, outermost scope first. */
export interface Item {
  readonly prompt: readonly number[];
  readonly completions: readonly (readonly number[])[];
  readonly layers: readonly LayerId[];
}

/** What the engine's thread starts with. */
export interface ThreadStart {
  readonly baseFolder: string;
  readonly baseModel: string;
}

/** To the thread, which takes one after the other. */
export type Order =
  | { readonly kind: 'load'; readonly job: number; readonly id: LayerId; readonly layer: PeftFiles | Adapter }
  | { readonly kind: 'unload'; readonly job: number; readonly id: LayerId }
  | { readonly kind: 'score'; readonly job: number; readonly items: readonly Item[] };

/** What a ContinuumError is on the way between threads. */
export interface ErrorMessage {
  readonly code: ErrorCode;
  readonly message: string;
  readonly next: string | undefined;
  readonly retryable: boolean;
}

/** From the thread: that it is up, or how an order ended. `sums` are log-probabilities by item and completion. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly job: number; readonly sums: readonly (readonly number[])[] }
  | { readonly kind: 'failed'; readonly job: number; readonly error: ErrorMessage };
