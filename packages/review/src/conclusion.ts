import { type FailOn, type Finding, SEVERITY_RANK } from '@continuum/contract/finding';

export type Conclusion = 'success' | 'neutral' | 'failure';

/** How the check of a pull request ends: what is open decides, and only what is as severe as `failOn` fails it. */
export function conclude(open: readonly Pick<Finding, 'severity'>[], failOn: FailOn = 'critical'): Conclusion {
  if (open.length === 0) return 'success';
  if (failOn === 'never') return 'neutral';
  const least = SEVERITY_RANK[failOn];
  return open.some(({ severity }) => SEVERITY_RANK[severity] >= least) ? 'failure' : 'neutral';
}
