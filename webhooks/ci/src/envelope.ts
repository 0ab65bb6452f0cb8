import { RepoName } from '@continuum/contract/change-set';
import { z } from 'zod';

export const FORMATS = ['sarif', 'rdjson', 'rdjsonl', 'eslint'] as const;

/** What is sent around a report: which commit it is about, and in which form it is written. */
export const Envelope = z.object({
  repo: RepoName,
  pr: z.number().int().positive().optional(),
  /** The commit that was checked; on GitHub the head of the pull request, not the merge commit. */
  head: z.string().regex(/^[0-9a-f]{7,64}$/, 'use the id of a commit'),
  /** Name of the tool where its report does not say it. */
  tool: z.string().min(1).max(100).optional(),
  /** How the job ended; by its worst result when absent. */
  outcome: z.enum(['success', 'failure', 'neutral']).optional(),
  /** Where people see the run. */
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .optional(),
  /** Folder that the tool ran in, taken off the absolute paths of its report. */
  root: z.string().max(1_000).optional(),
  /** When it was sent, ISO 8601. */
  at: z.iso.datetime({ offset: true }).optional(),
  format: z.enum(FORMATS),
  /** The report: an object for SARIF and rdjson, a list for ESLint, a text of lines for rdjsonl. */
  results: z.unknown().optional(),
});
export type Envelope = z.output<typeof Envelope>;
