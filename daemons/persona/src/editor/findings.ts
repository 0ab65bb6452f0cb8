import type { Finding, Review } from '@continuum/contract/finding';
import type { FindingId } from '@continuum/contract/ids';
import type { ReviewStore } from '@continuum/contract/ports/store';
import { findingId } from '../identity.ts';

/** An editor asks about a file again and again: over all its saves, the same claim is one finding. */
export function findingIdIn({ trigger, repo, key }: Review, fingerprint: string): FindingId {
  return findingId(trigger === 'editor' ? editorTopic(repo) : key, fingerprint);
}

/** Was it an editor that asked? */
export function isOfEditor({ id, repo, fingerprint }: Finding): boolean {
  return id === findingId(editorTopic(repo), fingerprint);
}

function editorTopic(repo: string): string {
  return `editor:${repo}`;
}

/** What people decided of a finding still stands when the file is saved once more. */
export async function withDecisions(reviews: ReviewStore, findings: readonly Finding[]): Promise<Finding[]> {
  return Promise.all(findings.map(async (finding) => decided(finding, await reviews.finding(finding.id))));
}

function decided(finding: Finding, earlier: Finding | undefined): Finding {
  const { withheldBecause, ...shown } = finding;
  if (earlier?.status === 'declined' && withheldBecause === 'declined') return { ...shown, status: 'declined' };
  if (earlier?.status === 'confirmed' && finding.status === 'posted') return { ...shown, status: 'confirmed' };
  return finding;
}
