import { createHash } from 'node:crypto';
import { addedLines, type ChangeSet, type SkippedFile } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import type { CandidateFinding } from '@continuum/contract/finding';
import type { AnalysisResult, AnalyzerPool } from '@continuum/contract/ports/analyzer';
import { redactSecrets, secretValues } from '@continuum/review/secrets';
import { recentlyUsed } from './cache.ts';
import type { Task } from './messages.ts';
import { plan } from './plan.ts';
import { createThread, type Thread } from './thread.ts';

export interface AnalyzerPoolOptions {
  /** Default: all of `ast`, `eslint`, `secrets`, `licences`. */
  readonly analyzers?: readonly string[];
  /** Time one analyzer may take for one file, ms. Default 10,000. */
  readonly timeoutMs?: number;
  /** Larger files are skipped by name. Default 1,000,000. */
  readonly maxFileBytes?: number;
  /** Results kept in memory; the same files come again with every push. Default 2,000. */
  readonly cacheEntries?: number;
  /** Module of the worker thread that calls `serve` with the analyzers. Default: ours. */
  readonly entry?: URL;
}

const ALL = ['ast', 'eslint', 'secrets', 'licences'] as const;
const START_MS = 60_000;

/** All analyzers in one confined worker thread that starts with the first file and stays warm. */
export function createAnalyzerPool(options: AnalyzerPoolOptions = {}): AnalyzerPool {
  const analyzers = options.analyzers ?? ALL;
  const { timeoutMs = 10_000, maxFileBytes = 1_000_000, cacheEntries = 2_000 } = options;
  const entry = options.entry ?? new URL('./worker.ts', import.meta.url);
  const thread = createThread({ entry, timeoutMs, startMs: START_MS });
  const perform = cached(thread, cacheEntries);
  return {
    analyzers,
    async analyze(change, { analyzers: chosen = analyzers, signal } = {}) {
      requireKnown(chosen, analyzers);
      const { tasks, skipped } = plan(change, chosen, maxFileBytes);
      const results: AnalysisResult[] = [{ findings: [], skipped: [...skipped] }];
      for (const task of tasks) results.push(await unlessAborted(perform(task), signal));
      return onAddedLines(change, results);
    },
    close: () => thread.close(),
  };
}

function requireKnown(chosen: readonly string[], analyzers: readonly string[]): void {
  const unknown = chosen.find((name) => !analyzers.includes(name));
  if (unknown === undefined) return;
  throw new ContinuumError('INVALID_INPUT', `There is no analyzer "${unknown}".`, {
    next: `Choose from ${analyzers.join(', ')}.`,
  });
}

type Perform = (task: Task) => Promise<AnalysisResult>;

/** Remembers by analyzer and everything it sees; failures are named and not remembered. */
function cached(thread: Thread, entries: number): Perform {
  const known = recentlyUsed<AnalysisResult>(entries);
  return async (task) => {
    const key = createHash('sha256')
      .update(JSON.stringify([task.analyzer, task.change.files]))
      .digest('base64');
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier;
    try {
      const result = await thread.perform(task);
      known.set(key, result);
      return result;
    } catch (error) {
      return { findings: [], skipped: named(task, error) };
    }
  };
}

function named({ analyzer, change }: Task, error: unknown): SkippedFile[] {
  const detail = `${analyzer}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 300);
  return change.files.map(({ path }) => ({ path, reason: 'analyzer-failed', detail }));
}

/** Throws ABORTED as soon as the signal fires; the thread finishes its file by itself. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void =>
    reject(new ContinuumError('ABORTED', 'The analysis was cancelled.', { retryable: true, cause: signal.reason }));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, work]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function onAddedLines(change: ChangeSet, results: readonly AnalysisResult[]): AnalysisResult {
  const added = new Map(change.files.map((file) => [file.path, addedLines(file)]));
  const onAdded = ({ path, line }: CandidateFinding): boolean => added.get(path)?.has(line) === true;
  return {
    findings: withoutSecrets(
      change,
      results.flatMap(({ findings }) => findings.filter(onAdded)),
    ),
    skipped: results.flatMap(({ skipped }) => skipped),
  };
}

/** Other analyzers quote the source as it stands; a secret in it goes no further. */
function withoutSecrets(change: ChangeSet, findings: readonly CandidateFinding[]): CandidateFinding[] {
  const quoted = new Set(findings.map(({ path }) => path));
  const files = change.files.filter(({ path }) => quoted.has(path));
  const secrets = new Map(files.map(({ path, content }) => [path, secretValues(path, content ?? '')]));
  return findings.map((finding) => {
    const known = secrets.get(finding.path) ?? [];
    const [evidence, message] = [finding.evidence, finding.message].map((text) => redactSecrets(text, known));
    return { ...finding, evidence: evidence ?? '', message: message ?? '' };
  });
}
