import type { ErrorCode } from '@continuum/contract/errors';
import type { TrainingJob } from '@continuum/contract/training-job';

/** What the worker begins with. */
export interface WorkerStart {
  readonly job: TrainingJob;
  readonly fingerprint: string;
  /** PEFT folders of the layers that this one is trained on top of, outermost first. */
  readonly parentFolders: readonly string[];
}

/** What the worker says: a step was made, or how the job ended. The main thread says one thing only: `stop`. */
export type WorkerMessage =
  | {
      readonly kind: 'step';
      readonly step: number;
      readonly steps: number;
      readonly tokens: number;
      readonly loss?: number;
    }
  | { readonly kind: 'done'; readonly metrics: Readonly<Record<string, number>> }
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly next?: string;
    };
