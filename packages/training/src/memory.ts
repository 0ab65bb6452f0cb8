import type { Finding } from '@continuum/contract/finding';
import { MemoryId } from '@continuum/contract/ids';
import { type Memory, RememberedFinding } from '@continuum/contract/learning';
import type { Author, MessageSource } from '@continuum/contract/room';

export interface Judgement {
  readonly finding: Finding;
  readonly verdict: Memory['verdict'];
  /** The person's own words; cut at 20 000 characters. */
  readonly reason: string;
  /** In [0, 1]. */
  readonly confidence: number;
  readonly author: Author;
  readonly source: MessageSource;
  readonly messageId?: Memory['messageId'];
  readonly state: Memory['state'];
  readonly at: string;
  /** Said outright to be right or wrong, not merely thumbed: it counts in full even without words. */
  readonly explicit?: boolean | undefined;
  /** Hash of the span: one judgement makes one memory. */
  readonly spanHash: string;
}

const MAX_REASON = 20_000;
const BARE_THUMB = 0.6;

/** What is remembered of somebody's judgement of a finding. Words weigh more than a bare thumb. */
export function toMemory(judgement: Judgement): Memory {
  const { finding, verdict, author, source, state, at, messageId } = judgement;
  return {
    id: MemoryId.parse(`mem_${judgement.spanHash.slice(0, 24)}`),
    kind: 'correction',
    verdict,
    repo: finding.repo,
    scope: finding.scope,
    persona: finding.persona,
    fingerprint: finding.fingerprint,
    findingId: finding.id,
    finding: RememberedFinding.parse(finding),
    reason: judgement.reason.slice(0, MAX_REASON),
    author,
    source,
    ...(messageId === undefined ? {} : { messageId }),
    weight: weightOf(judgement),
    state,
    at,
  };
}

function weightOf({ reason, confidence, explicit = false }: Judgement): number {
  if (reason.trim() === '') return explicit ? 1 : BARE_THUMB;
  return confidence >= 0.5 ? 1 : Math.min(1, Math.max(BARE_THUMB, 0.5 + confidence));
}
