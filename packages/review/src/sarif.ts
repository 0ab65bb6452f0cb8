import type { Finding, Review } from '@continuum/contract/finding';
import { toResult } from './sarif/result.ts';
import { toRules } from './sarif/rule.ts';
import type { SarifLog, SarifNotification } from './sarif/shape.ts';

export interface SarifOptions {
  /** Version of the tool that the log names. */
  readonly version: string;
  /** Also what was withheld, as suppressed results with the reason. Default false. */
  readonly withheld?: boolean;
}

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/**
 * A review as SARIF 2.1.0 (OASIS standard, errata 01), one run: findings that stand as results, each with its rule, why it
 * was raised, its suggestion as a fix, and a fingerprint that survives shifted lines. What was not reviewed is a notification.
 */
export function toSarif(
  { review, findings }: { readonly review: Review; readonly findings: readonly Finding[] },
  { version, withheld = false }: SarifOptions,
): SarifLog {
  const told = findings.filter((finding) => withheld || stands(finding));
  const rules = toRules(told);
  const indexOf = new Map(rules.map(({ id }, index) => [id, index]));
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Continuum', version, semanticVersion: version, rules } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { description: { text: 'The root of the repository.' } } },
        automationDetails: { id: `continuum/${review.repo}/${review.id}` },
        invocations: [
          { executionSuccessful: review.status !== 'failed', toolExecutionNotifications: review.skipped.map(toNotice) },
        ],
        results: told.map((finding) => toResult(finding, indexOf.get(finding.rule) ?? 0, stands(finding))),
        properties: { reviewId: review.id, repo: review.repo, ...review.stats },
      },
    ],
  };
}

/** People were told and nobody settled it; what was told on an earlier push still counts. */
export function stands({ status, withheldBecause }: Pick<Finding, 'status' | 'withheldBecause'>): boolean {
  return status === 'posted' || status === 'confirmed' || (status === 'withheld' && withheldBecause === 'duplicate');
}

function toNotice({ path, reason, detail }: Review['skipped'][number]): SarifNotification {
  const why = detail === undefined ? reason : `${reason}, ${detail}`;
  return { level: 'note', message: { text: `Not reviewed: ${path} (${why}).` } };
}
