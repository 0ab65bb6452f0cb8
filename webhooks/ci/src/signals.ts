import { SEVERITY_RANK } from '@continuum/contract/finding';
import type { Place, ReadSignals, ResultsSignal } from '@continuum/contract/source';
import { type Claim, toCandidate, toolSlug } from './claim.ts';
import { Envelope } from './envelope.ts';
import { readReport } from './report.ts';
import type { ToolClaims } from './sarif.ts';

/** Findings of one tool that are looked at, the worst first: a whole old code base is no news. */
const MOST_FINDINGS = 1_000;
const EPOCH = new Date(0).toISOString();

/** What each tool of a run found: one signal a tool, also where it found nothing. */
export const readSignals: ReadSignals = (event, payload) => {
  const envelope = event === 'results' ? Envelope.safeParse(payload).data : undefined;
  if (envelope === undefined) return [];
  try {
    return readReport(envelope).map((tool) => toSignal(envelope, tool));
  } catch {
    // Refused at the door; what is read again from the journal of an older version is passed over.
    return [];
  }
};

function toSignal(envelope: Envelope, { tool, claims }: ToolClaims): ResultsSignal {
  const { repo, pr, head, url, at = EPOCH } = envelope;
  const name = tool.trim().slice(0, 100) || 'CI';
  const findings = claims
    .map(toCandidate)
    .sort((a, b) => SEVERITY_RANK[b.severity] - SEVERITY_RANK[a.severity])
    .slice(0, MOST_FINDINGS);
  return {
    ...{ kind: 'results', place: placeOf(repo, pr), author: { id: toolSlug(tool), name, kind: 'bot' }, at },
    ...{ repo, head, tool: name, outcome: envelope.outcome ?? outcomeOf(claims), findings },
    ...(pr === undefined ? {} : { pr }),
    ...(url === undefined ? {} : { url }),
  };
}

function placeOf(repo: string, pr: number | undefined): Place {
  return pr === undefined ? { id: repo, repo } : { id: `${repo}#${pr}`, repo, pr };
}

function outcomeOf(claims: readonly Claim[]): ResultsSignal['outcome'] {
  return claims.some(({ level }) => level === 'error') ? 'failure' : 'success';
}
