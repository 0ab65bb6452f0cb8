import type { Finding, Suggestion } from '@continuum/contract/finding';
import { levelOf, plain } from './rule.ts';
import type { SarifFix, SarifRegion, SarifResult } from './shape.ts';

/** Version of the way in which fingerprints are made: another way gets another name. */
const FINGERPRINT = 'continuum/v1';

/** A finding as a result; one that does not stand is suppressed, with who or what decided that. */
export function toResult(finding: Finding, ruleIndex: number, stands: boolean): SarifResult {
  const { rule, severity, title, message, fingerprint, judgement, suggestion, url } = finding;
  return {
    ruleId: rule,
    ruleIndex,
    level: levelOf(severity),
    message: { text: plain(`${title.replace(/[.!?]?$/, '.')} ${message}`) },
    locations: [{ physicalLocation: { artifactLocation: artifact(finding.path), region: regionOf(finding) } }],
    partialFingerprints: { [FINGERPRINT]: fingerprint },
    rank: Math.round(judgement.score * 1000) / 10,
    ...(suggestion === undefined ? {} : { fixes: [toFix(finding.path, suggestion)] }),
    ...(stands ? {} : { suppressions: [{ kind: 'external', status: 'accepted', justification: whyNot(finding) }] }),
    ...(url !== undefined && URL.canParse(url) ? { hostedViewerUri: url } : {}),
    properties: {
      findingId: finding.id,
      severity,
      category: finding.category,
      persona: finding.persona,
      scope: finding.scope,
      status: finding.status,
      why: judgement.why.map(({ text }) => text),
    },
  };
}

function artifact(path: string): { readonly uri: string; readonly uriBaseId: 'SRCROOT' } {
  // A first segment with a colon would read as a scheme; encoding takes care of it.
  return {
    uri: path
      .split('/')
      .map((segment) => encodeURIComponent(segment.toWellFormed()))
      .join('/'),
    uriBaseId: 'SRCROOT',
  };
}

function regionOf({ line, endLine, column, evidence }: Finding): SarifRegion {
  return { startLine: line, endLine: Math.max(line, endLine), startColumn: column, snippet: { text: evidence } };
}

/** Whole lines are replaced; for none at all the line ends go too. */
function toFix(path: string, { startLine, endLine, replacement }: Suggestion): SarifFix {
  const text = replacement.replace(/\r?\n$/, '');
  const last = Math.max(startLine, endLine);
  const deletedRegion =
    text === '' ? { startLine, startColumn: 1, endLine: last + 1, endColumn: 1 } : { startLine, endLine: last };
  return {
    description: { text: 'Replace these lines as suggested.' },
    artifactChanges: [
      { artifactLocation: artifact(path), replacements: [{ deletedRegion, insertedContent: { text } }] },
    ],
  };
}

function whyNot({ status, withheldBecause, judgement }: Finding): string {
  const said = judgement.why.find(({ kind }) => kind === 'declined' || kind === 'memory');
  return said?.text ?? `It was ${withheldBecause === undefined ? status : `withheld: ${withheldBecause}`}.`;
}
