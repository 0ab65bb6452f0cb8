import type { ChangeSet, SkippedFile } from '../change-set.ts';
import type { CandidateFinding } from '../finding.ts';

export interface AnalysisResult {
  /** Only on lines that the change added or modified. */
  readonly findings: CandidateFinding[];
  readonly skipped: SkippedFile[];
}

/** Reads a change, never executes it, never takes configuration from it. */
export interface Analyzer {
  /** `ast`, `eslint`, `secrets`, `licences`. */
  readonly id: string;
  analyze(change: ChangeSet, signal?: AbortSignal): Promise<AnalysisResult>;
}

/** All analyzers behind one door. */
export interface AnalyzerPool {
  readonly analyzers: readonly string[];
  /** Runs the named analyzers (all when absent) off the main thread; one that fails is named in `skipped`, the others count. */
  analyze(
    change: ChangeSet,
    options?: { readonly analyzers?: readonly string[]; readonly signal?: AbortSignal },
  ): Promise<AnalysisResult>;
  close(): Promise<void>;
}
