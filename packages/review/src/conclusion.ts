import { type Finding, SEVERITY_RANK, type Severity } from '@continuum/contract/finding';
import type { RepositoryConfig } from '@continuum/contract/repository-config';

export type Conclusion = 'success' | 'neutral' | 'failure';

/** How the check of a pull request ends: what is open decides, and only what is as severe as `failOn` fails it. */
export function conclude(
  open: readonly Pick<Finding, 'severity'>[],
  failOn: RepositoryConfig['failOn'] = 'critical',
): Conclusion {
  if (open.length === 0) return 'success';
  if (failOn === 'never') return 'neutral';
  const least: Severity = failOn;
  return open.some(({ severity }) => SEVERITY_RANK[severity] >= SEVERITY_RANK[least]) ? 'failure' : 'neutral';
}
