import type { CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { EventPayload } from '@continuum/contract/event';
import type { Finding } from '@continuum/contract/finding';
import type { Feedback } from '@continuum/contract/learning';
import type { Store } from '@continuum/contract/ports/store';
import type { Message } from '@continuum/contract/room';
import { type Tell, transactAndTell } from '@continuum/host/tell';
import { codeBlock, escapeLine, escapeText } from '@continuum/room/escape';
import { renderRoomMessage } from '@continuum/room/render';
import { feedbackMessageId, findingMessageId } from '../identity.ts';
import { personaOf } from '../personas.ts';
import { recipeFor } from '../review/run.ts';
import { sendChat, tellMessage } from '../rooms.ts';
import type { PersonaRuntime } from '../runtime.ts';

/** Handler of `finding/discuss`. Throws NOT_FOUND for an unknown finding. */
export async function discussFinding(
  runtime: PersonaRuntime,
  { findingId, author, text, source }: CommandParsed<'finding/discuss'>,
): Promise<CommandOutput<'finding/discuss'>> {
  const finding = await runtime.store.reviews.finding(findingId);
  if (finding === undefined) {
    throw new ContinuumError('NOT_FOUND', `there is no finding ${findingId}`, {
      next: 'GET /api/v1/findings lists them.',
    });
  }
  const { roomId, id } = await transactAndTell(runtime, (store, tell) => threadOf(runtime, store, tell, finding));
  return sendChat(runtime, { roomId, author, text, replyTo: id, source });
}

/**
 * Saves do not fill the room: a finding of an editor gets its thread with the first words that somebody says about it, and they
 * stand in it. They were learned from as feedback; here they are reported, so that nobody learns from them twice.
 */
export async function onFeedback(
  runtime: PersonaRuntime,
  { feedbackId }: EventPayload<'feedback:given'>,
): Promise<void> {
  const feedback = await runtime.store.learning.feedback(feedbackId);
  if (feedback?.findingId === undefined || feedback.source.kind !== 'vscode') return;
  const words = wordsOf(feedback);
  const finding = words === '' ? undefined : await runtime.store.reviews.finding(feedback.findingId);
  if (finding === undefined) return;
  await transactAndTell(runtime, async (store, tell) => {
    const thread = await threadOf(runtime, store, tell, finding);
    const report = toReport(feedback, thread, `${escapeLine(feedback.author.name)} ${words}`);
    await store.rooms.addMessage(report);
    await tellMessage(tell, report);
  });
}

function wordsOf({ kind, value, reason }: Feedback): string {
  const said = reason === '' ? '' : escapeText(reason).replaceAll(/^/gm, '> ');
  if (kind === 'edit') return `changed the suggestion to\n\n${codeBlock(value, '')}\n\n${said}`.trim();
  return said === ''
    ? ''
    : `says in the editor that this is ${kind === 'confirmation' ? 'right' : 'wrong here'}:\n\n${said}`;
}

function toReport({ id, at }: Feedback, thread: Message, text: string): Message {
  return {
    id: feedbackMessageId(id),
    roomId: thread.roomId,
    threadId: thread.threadId ?? thread.id,
    replyTo: thread.id,
    author: { kind: 'system', id: 'continuum', name: 'Continuum' },
    text,
    source: { kind: 'system' },
    hop: 0,
    at,
  };
}

/** The message that announces a finding; it is written when there is none. */
async function threadOf(runtime: PersonaRuntime, store: Store, tell: Tell, finding: Finding): Promise<Message> {
  const known = await store.rooms.messageForFinding(finding.id);
  if (known !== undefined) return known;
  const persona = personaOf(runtime, finding.persona);
  const announced: Message = {
    id: findingMessageId(finding.id),
    roomId: recipeFor(runtime).room,
    threadId: null,
    replyTo: null,
    author: { kind: 'persona', id: persona.id, name: persona.name },
    text: renderRoomMessage(finding, persona),
    source: { kind: 'system', repo: finding.repo, ...(finding.pr === undefined ? {} : { pr: finding.pr }) },
    findingId: finding.id,
    reviewId: finding.reviewId,
    hop: 0,
    at: runtime.now().toISOString(),
  };
  await store.rooms.addMessage(announced);
  await tellMessage(tell, announced);
  return announced;
}
