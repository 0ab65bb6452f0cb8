import { createHash } from 'node:crypto';
import type { Finding } from '@continuum/contract/finding';
import { PersonaDefinition } from '@continuum/contract/persona';
import type { CodeHost, PublishedComment, ReviewComment } from '@continuum/contract/ports/code-host';
import { renderInlineComment } from '@continuum/room/render';
import { renderSummary } from '@continuum/room/summary';
import { fingerprintMarker, type Told } from '@continuum/webhook-github/told';
import type { Outcome } from './outcome.ts';

export interface Pull {
  readonly repo: string;
  readonly pr: number;
  readonly head: string;
}

/**
 * Says on the pull request what it was not told before, and keeps the one summary up to date. Run again, it finds its own
 * marks and says nothing twice. Throws what the code host throws. Answers with how many comments are new.
 */
export async function comment(host: CodeHost, pull: Pull, outcome: Outcome, told: Told): Promise<number> {
  const { repo, pr, head } = pull;
  const open = outcome.findings.filter(({ status }) => status === 'posted');
  const fresh = open.filter(({ fingerprint }) => !told.fingerprints.has(fingerprint));
  const published = fresh.length === 0 ? [] : await publish(host, pull, fresh, outcome.personas);
  const findings = outcome.findings.map((finding) => ({ ...finding, ...whereItStands(finding, told, published) }));
  const body = renderSummary({ review: outcome.review, findings, personas: outcome.personas });
  await host.upsertSummary({ repo, pr, key: `action/summary:${head}`, body });
  return fresh.length;
}

async function publish(
  host: CodeHost,
  { repo, pr, head }: Pull,
  fresh: readonly Finding[],
  personas: readonly PersonaDefinition[],
): Promise<readonly PublishedComment[]> {
  const claims = createHash('sha256').update(JSON.stringify(fresh.map(({ fingerprint }) => fingerprint)));
  const { comments } = await host.publishReview({
    ...{ repo, pr, commit: head, key: `action/review:${head}:${claims.digest('hex').slice(0, 16)}` },
    body: fresh.length === 1 ? 'One finding.' : `${fresh.length} findings.`,
    comments: fresh.map((finding) => toComment(finding, personas)),
  });
  return comments;
}

function toComment(finding: Finding, personas: readonly PersonaDefinition[]): ReviewComment {
  const { id, path, line, endLine, suggestion, fingerprint } = finding;
  return {
    ...{ findingId: id, path, line: endLine },
    ...(endLine > line ? { startLine: line } : {}),
    body: `${renderInlineComment(finding, personaOf(finding, personas))}\n\n${fingerprintMarker(fingerprint)}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** A server may know personas that this version does not. */
function personaOf({ persona: id }: Finding, personas: readonly PersonaDefinition[]): PersonaDefinition {
  const unknown = { id, name: id, emoji: '🔎', description: id, interests: [], skills: [] };
  return personas.find((persona) => persona.id === id) ?? PersonaDefinition.parse(unknown);
}

function whereItStands(finding: Finding, told: Told, published: readonly PublishedComment[]): { url?: string } {
  const before = told.threads.find(({ fingerprint }) => fingerprint === finding.fingerprint)?.url;
  const url = before ?? published.find(({ findingId }) => findingId === finding.id)?.url;
  return url === undefined ? {} : { url };
}
