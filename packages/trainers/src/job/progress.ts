import type { TrainingProgress } from '@continuum/contract/training-job';

/** How much the newest step counts in the mean time of a step. */
const NEWEST = 0.1;

/** Seconds left by an exponential mean of the time of a step. `now` is in seconds and only ever grows. */
export function createEta(now: () => number): (step: number, steps: number) => number | undefined {
  let last: { readonly step: number; readonly at: number } | undefined;
  let secondsPerStep: number | undefined;
  return (step, steps) => {
    const at = now();
    if (last !== undefined && step > last.step) {
      const seconds = (at - last.at) / (step - last.step);
      secondsPerStep = secondsPerStep === undefined ? seconds : secondsPerStep + NEWEST * (seconds - secondsPerStep);
    }
    if (last === undefined || step > last.step) last = { step, at };
    return secondsPerStep === undefined ? undefined : Math.max(0, steps - step) * secondsPerStep;
  };
}

/** Tells how a job goes: what is not said anew stays as it was, and step and tokens never fall. */
export interface Reporter {
  tell(change: Partial<Omit<TrainingProgress, 'jobId'>>): void;
  readonly last: TrainingProgress;
}

export function createReporter(jobId: string, listener?: (progress: TrainingProgress) => void): Reporter {
  let last: TrainingProgress = { jobId, state: 'queued', step: 0, steps: 0, tokens: 0 };
  return {
    tell(change) {
      const { loss, etaSeconds, error, ...known } = { ...last, loss: undefined, etaSeconds: undefined, ...change };
      last = {
        ...known,
        step: Math.max(last.step, known.step),
        tokens: Math.max(last.tokens, known.tokens),
        ...(loss === undefined ? {} : { loss }),
        ...(etaSeconds === undefined ? {} : { etaSeconds }),
        ...(error === undefined ? {} : { error }),
      };
      listener?.(last);
    },
    get last() {
      return last;
    },
  };
}
