import { createHash } from 'node:crypto';
import type { Finding } from '@continuum/contract/finding';
import { ExampleId, type MessageId } from '@continuum/contract/ids';
import type { Memory, OpenAIMessage, Permission, Signal, TrainingExample } from '@continuum/contract/learning';
import type { Author, MessageSource } from '@continuum/contract/room';
import { describeFinding, SYSTEM_PROMPT } from './prompt.ts';
import { arousalOf, scoreSignal } from './score.ts';
import type { ConsentState } from './trust.ts';

/** What was said about a finding, and what followed from it. */
export interface Span {
  readonly signal: Signal;
  /** Decides which side of the pair is chosen; absent when nobody judged. */
  readonly verdict: Memory['verdict'] | undefined;
  readonly finding: Finding;
  /** The words that taught; empty for a bare thumb. */
  readonly reason: string;
  /** How sure the reading is, in [0, 1]. */
  readonly confidence: number;
  readonly author: Author;
  readonly permission: Permission;
  readonly source: MessageSource;
  readonly consent: ConsentState;
  readonly messageIds: readonly MessageId[];
  /** What the persona wrote, as posted; recalled memories are no part of it. */
  readonly posted: string;
  /** The person's version of the persona's text. */
  readonly edited?: string | undefined;
  readonly memoryId?: Memory['id'] | undefined;
  readonly state: TrainingExample['state'];
  readonly at: string;
}

/** The example a span of conversation makes (TRN-3). The same span makes the same id and hash, whenever it is built. */
export function toExample(span: Span): TrainingExample {
  const spanHash = hashSpan(span);
  const sides = preferenceSides(span);
  const score = scoreSignal({ ...span, arousal: arousalOf(span.reason) });
  const prompt = promptOf(span.finding);
  return {
    id: ExampleId.parse(`ex_${spanHash.slice(0, 24)}`),
    signal: span.signal,
    messages: messagesOf(span, prompt, sides),
    ...score,
    scope: span.finding.scope,
    persona: span.finding.persona,
    ...(sides === undefined ? {} : { preference: { prompt, ...sides } }),
    ...(span.verdict === undefined ? {} : { desirable: span.verdict === 'affirm' }),
    provenance: provenanceOf(span),
    spanHash,
    state: span.state,
    at: span.at,
  };
}

function promptOf(finding: Finding): OpenAIMessage[] {
  return [
    { role: 'system', content: SYSTEM_PROMPT },
    { role: 'user', content: describeFinding(finding) },
  ];
}

interface Sides {
  readonly chosen: string;
  readonly rejected: string;
}

/** Both sides, where both are known: an edit against its original, a skip against a post. */
function preferenceSides(span: Span): Sides | undefined {
  if (span.edited !== undefined) return { chosen: span.edited, rejected: span.posted };
  const post = `post: ${span.posted}`;
  const reason = span.reason.trim();
  if (span.verdict === 'affirm') return { chosen: post, rejected: 'skip' };
  if (span.verdict === 'decline') return { chosen: reason === '' ? 'skip' : `skip: ${reason}`, rejected: post };
  return undefined;
}

/** Ends with the wanted answer of the assistant; what was unwanted is only in the pair. */
function messagesOf(span: Span, prompt: OpenAIMessage[], sides: Sides | undefined): OpenAIMessage[] {
  if (sides !== undefined) return [...prompt, { role: 'assistant', content: sides.chosen }];
  return [...prompt, { role: 'assistant', content: `post: ${span.posted}` }, { role: 'user', content: span.reason }];
}

function provenanceOf(span: Span): TrainingExample['provenance'] {
  return {
    author: span.author,
    permission: span.permission,
    source: span.source,
    repo: span.finding.repo,
    findingId: span.finding.id,
    ...(span.memoryId === undefined ? {} : { memoryId: span.memoryId }),
    messageIds: [...span.messageIds],
    consent: span.consent,
  };
}

/**
 * SHA-256 over who judged which finding, how, and in which words. The same words sent again over another channel are
 * the same span; a changed mind is a new one.
 */
export function hashSpan(span: Pick<Span, 'finding' | 'author' | 'verdict' | 'reason' | 'edited' | 'signal'>): string {
  const words = span.reason.toLowerCase().replaceAll(/\s+/g, ' ').trim();
  const parts = [span.finding.id, span.author.id.toLowerCase(), span.verdict ?? span.signal, words, span.edited ?? ''];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
