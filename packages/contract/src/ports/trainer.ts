import type { TrainedLayer, TrainingJob, TrainingProgress } from '../training-job.ts';

export interface TrainOptions {
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Stops at the next step; the checkpoint stays, so that the same job goes on from there. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a LoRA layer of a job. A job that was cut short (kill -9, cancel) goes on from its last checkpoint when it is
 * given again; a finished one answers at once. Throws TRAINING_FAILED, INVALID_INPUT for a job it cannot read, ABORTED.
 */
export interface Trainer {
  readonly id: string;
  train(job: TrainingJob, options?: TrainOptions): Promise<TrainedLayer>;
  close(): Promise<void>;
}
