import { type Envelope, EVENTS } from '@continuum/contract/event';
import { CandidateFinding, Finding, Review } from '@continuum/contract/finding';
import { EventId, newId } from '@continuum/contract/ids';
import { Feedback, Memory, TrainingExample } from '@continuum/contract/learning';
import { Message, Room } from '@continuum/contract/room';

const AT = '2026-03-01T10:00:00.000Z';
const AUTHOR = { kind: 'person', id: 'ada', name: 'Ada' };

const CANDIDATE = {
  rule: 'ast/js-eval',
  category: 'security',
  severity: 'high',
  confidence: 0.8,
  path: 'src/a.js',
  line: 3,
  endLine: 4,
  column: 1,
  evidence: 'eval(x)',
  title: 'eval of a value',
  message: 'eval runs any code',
  cwe: 'CWE-95',
  facts: {
    ...{ language: 'javascript', pathClass: 'source', role: 'called', origins: ['request'], guards: [] },
    ...{ sanitizers: [], enclosing: ['function'], functionName: 'f', exported: true, callee: 'eval', frameworks: [] },
  },
  claimedBy: ['ast'],
  references: [],
};

type Over<T> = Partial<Record<keyof T, unknown>>;

/** A room of its own, unless the fields say otherwise. */
export const sampleRoom = (over: Over<Room> = {}): Room =>
  Room.parse({ id: newId('r').replace('_', '-'), title: 'Security', scope: '/security/', at: AT, ...over });

/** A message that starts a thread. */
export const sampleMessage = (over: Over<Message> = {}): Message =>
  Message.parse({
    ...{ id: newId('msg'), roomId: 'security', threadId: null, replyTo: null, author: AUTHOR, text: 'hello' },
    ...{ source: { kind: 'web' }, hop: 0, at: AT },
    ...over,
  });

/** A running review with a key of its own. */
export const sampleReview = (over: Over<Review> = {}): Review =>
  Review.parse({
    ...{ id: newId('rev'), repo: 'acme/shop', pr: 7, title: 'Add search', trigger: 'webhook', key: newId('key') },
    ...{ status: 'running', skipped: [{ path: 'a.min.js', reason: 'minified' }], at: AT },
    stats: { files: 1, addedLines: 2, candidates: 0, posted: 0, withheld: 0, ms: 1.5 },
    ...over,
  });

/** A posted finding. */
export const sampleFinding = (over: Over<Finding> = {}): Finding =>
  Finding.parse({
    ...CANDIDATE,
    ...{ id: newId('fnd'), reviewId: 'rev', repo: 'acme/shop', pr: 7, fingerprint: 'print', persona: 'sentinel' },
    ...{ scope: '/security/', status: 'posted', at: AT },
    judgement: { verdict: 'post', score: 0.9, why: [{ kind: 'analyzer', text: 'ast said so' }] },
    ...over,
  });

/** An active correction. */
export const sampleMemory = (over: Over<Memory> = {}): Memory =>
  Memory.parse({
    ...{ id: newId('mem'), kind: 'correction', verdict: 'decline', repo: 'acme/shop', scope: '/security/' },
    ...{ finding: CandidateFinding.parse(CANDIDATE), reason: 'a test', author: AUTHOR, source: { kind: 'github' } },
    ...{ weight: 1, state: 'active', at: AT },
    ...over,
  });

/** An active training example with a span of its own. */
export const sampleExample = (over: Over<TrainingExample> = {}): TrainingExample =>
  TrainingExample.parse({
    ...{ id: newId('exa'), signal: 'correction', quality: 'high', priority: 1, scope: '/security/' },
    messages: [
      { role: 'user', content: 'Is it?' },
      { role: 'assistant', content: 'No.' },
    ],
    provenance: { author: AUTHOR, permission: 'write', source: { kind: 'github' }, messageIds: [], consent: 'default' },
    ...{ spanHash: newId('span'), state: 'active', at: AT },
    ...over,
  });

/** A thumb up. */
export const sampleFeedback = (over: Over<Feedback> = {}): Feedback =>
  Feedback.parse({
    ...{ id: newId('fbk'), kind: 'thumbs', value: 'up', author: AUTHOR, source: { kind: 'web' }, at: AT },
    ...over,
  });

/** A `finding:changed` event with an id of its own. */
export const sampleEvent = (over: { id?: string; at?: string; repo?: string } = {}): Envelope<'finding:changed'> => ({
  id: EventId.parse(over.id ?? newId('evt')),
  name: 'finding:changed',
  payload: EVENTS['finding:changed'].parse({ findingId: 'fnd', repo: over.repo ?? 'acme/shop', status: 'posted' }),
  at: over.at ?? AT,
});
