import { createHash } from 'node:crypto';
import type { Finding } from '@continuum/contract/finding';
import { ExampleId, type ScopeId } from '@continuum/contract/ids';
import type { OpenAIMessage, Permission, TrainingExample } from '@continuum/contract/learning';
import type { Message } from '@continuum/contract/room';
import { classifyReply } from './classify.ts';
import { describeFinding } from './prompt.ts';
import { arousalOf, scoreSignal } from './score.ts';
import type { ConsentState } from './trust.ts';

/** A correction in conversation: an objection and, when it went on so, the persona's fix and a person's confirmation. */
export interface Dialogue {
  /** What was objected to, when it is known. */
  readonly opening: Message | undefined;
  readonly correction: Message;
  readonly resolution: { readonly fix: Message; readonly confirmation: Message } | undefined;
}

/**
 * The correction a message completes or makes, in its thread (oldest first, the message included): the confirmation of
 * a fix, or the objection itself. Undefined when it is neither. Objections that judge a finding are no dialogue: they
 * say nothing of what would be right.
 */
export function dialogueOf(message: Message, thread: readonly Message[], aboutFinding: boolean): Dialogue | undefined {
  const place = thread.findIndex(({ id }) => id === message.id);
  const before = place < 0 ? thread : thread.slice(0, place);
  const { signal } = classifyReply(message.text, { aboutFinding, authorKind: message.author.kind });
  if (signal === 'confirmation') return resolved(message, before);
  if (signal !== 'correction' || aboutFinding) return undefined;
  return { opening: openingOf(message, before), correction: message, resolution: undefined };
}

function resolved(confirmation: Message, before: readonly Message[]): Dialogue | undefined {
  const fixAt = before.findLastIndex(({ author, findingId }) => author.kind === 'persona' && findingId === undefined);
  const fix = before[fixAt];
  const earlier = before.slice(0, Math.max(0, fixAt));
  const correction = earlier.findLast(({ author }) => author.kind === 'person');
  if (fix === undefined || correction === undefined || !objects(correction)) return undefined;
  return { opening: openingOf(correction, earlier), correction, resolution: { fix, confirmation } };
}

function objects({ text, author }: Message): boolean {
  return [true, false].some(
    (aboutFinding) => classifyReply(text, { aboutFinding, authorKind: author.kind }).signal === 'correction',
  );
}

/** What a message answers, else what was said before it. */
function openingOf(message: Message, before: readonly Message[]): Message | undefined {
  return before.find(({ id }) => id === message.replyTo) ?? before.findLast(({ id }) => id !== message.id);
}

export interface DialogueContext {
  /** The finding the thread is about, if any. */
  readonly finding: Finding | undefined;
  readonly scope: ScopeId;
  readonly repo: string | undefined;
  readonly permission: Permission;
  readonly consent: ConsentState;
  readonly state: TrainingExample['state'];
}

const SYSTEM = 'You are a teammate in a room of developers. Take corrections and answer with what is right.';

/** The example of a dialogue. With a fix it ends in the answer that was confirmed; without one it only keeps the correction. */
export function toDialogueExample(dialogue: Dialogue, context: DialogueContext): TrainingExample {
  const { correction, resolution, opening } = dialogue;
  const spanHash = hashOf([correction.id, resolution?.fix.id ?? '']);
  const prompt = promptOf(dialogue, context.finding);
  const fix = resolution?.fix.text;
  const rejected = opening?.author.kind === 'persona' && opening.findingId === undefined ? opening.text : undefined;
  const score = { confidence: 1, permission: context.permission, arousal: arousalOf(correction.text) };
  const persona = context.finding?.persona;
  return {
    id: ExampleId.parse(`ex_${spanHash.slice(0, 24)}`),
    signal: 'correction',
    messages: fix === undefined ? prompt : [...prompt, { role: 'assistant', content: fix }],
    ...scoreSignal({ signal: 'correction', ...score }),
    scope: context.scope,
    ...(persona === undefined ? {} : { persona }),
    ...(fix === undefined || rejected === undefined ? {} : { preference: { prompt, chosen: fix, rejected } }),
    provenance: provenanceOf(dialogue, context),
    spanHash,
    state: context.state,
    at: (resolution?.confirmation ?? correction).at,
  };
}

/** The id of the example a correction made before it was resolved. */
export function openExampleId(correction: Message): ExampleId {
  return ExampleId.parse(`ex_${hashOf([correction.id, '']).slice(0, 24)}`);
}

function promptOf({ opening, correction }: Dialogue, finding: Finding | undefined): OpenAIMessage[] {
  const context = finding === undefined ? opening?.text : describeFinding(finding);
  const user = [...(context === undefined ? [] : [context]), correction.text].join('\n\n');
  return [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: user },
  ];
}

function provenanceOf(dialogue: Dialogue, context: DialogueContext): TrainingExample['provenance'] {
  const { correction, resolution, opening } = dialogue;
  const spoken = [opening, correction, resolution?.fix, resolution?.confirmation];
  return {
    author: correction.author,
    permission: context.permission,
    source: correction.source,
    ...(context.repo === undefined ? {} : { repo: context.repo }),
    ...(context.finding === undefined ? {} : { findingId: context.finding.id }),
    messageIds: spoken.flatMap((message) => (message === undefined ? [] : [message.id])),
    consent: context.consent,
  };
}

function hashOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
