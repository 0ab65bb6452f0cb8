import { FindingId } from '@continuum/contract/ids';
import type { CommandSignal, SourceAuthor, VerdictSignal } from '@continuum/contract/source';
import { z } from 'zod';
import { BlockActions, externalIdOf, type ViewSubmission } from './payload.ts';

/** Buttons under a finding, by their action ids; the value of each is the id of the finding. */
export const BUTTONS = {
  right: 'continuum.right',
  wrong: 'continuum.wrong',
  edit: 'continuum.edit',
  why: 'continuum.why',
} as const;
/** Forms that buttons open, by their callback ids. */
export const FORMS = { wrong: 'continuum.form.wrong', edit: 'continuum.form.edit' } as const;
/** Block and action of the one field of a form. */
export const FIELD = { block: 'continuum.words', action: 'continuum.words' } as const;

/** What a form remembers of where it was opened. */
export const FormContext = z.object({
  findingId: FindingId,
  channel: z.string(),
  /** The message with the button. */
  message: z.string(),
});
export type FormContext = z.infer<typeof FormContext>;

/** A click that asks for words. */
export interface FormRequest {
  readonly kind: keyof typeof FORMS;
  /** Good for three seconds, and once. */
  readonly triggerId: string;
  readonly about: FormContext;
}

/** What a button says. A click on `wrong` is a verdict already, for when its form cannot be opened; `edit` alone says nothing. */
export function readClick(clicked: BlockActions): readonly (VerdictSignal | CommandSignal)[] {
  const finding = findingOf(clicked);
  if (finding === undefined) return [];
  const { channel, message, actions, received_at: at } = clicked;
  const said = { place: { id: channel.id }, author: personOf(clicked.user), at };
  const action = actions[0]?.action_id;
  if (action === BUTTONS.why) {
    const replyTo = externalIdOf(channel.id, message.ts);
    const externalId = externalIdOf(channel.id, `click-${clicked.trigger_id ?? at}`);
    return [{ ...said, kind: 'command', externalId, replyTo, words: 'explain' }];
  }
  const verdict = action === BUTTONS.right ? 'right' : action === BUTTONS.wrong ? 'wrong' : undefined;
  return verdict === undefined
    ? []
    : [{ ...said, kind: 'verdict', about: { findingId: finding }, verdict, reason: '' }];
}

/** The form that a click wants; undefined for every other payload. Pure. */
export function readFormRequest(payload: Readonly<Record<string, unknown>>): FormRequest | undefined {
  const clicked = BlockActions.safeParse(payload).data;
  const finding = clicked === undefined ? undefined : findingOf(clicked);
  if (clicked?.trigger_id === undefined || finding === undefined) return undefined;
  const action = clicked.actions[0]?.action_id;
  const kind = action === BUTTONS.wrong ? 'wrong' : action === BUTTONS.edit ? 'edit' : undefined;
  if (kind === undefined) return undefined;
  const about = { findingId: finding, channel: clicked.channel.id, message: clicked.message.ts };
  return { kind, triggerId: clicked.trigger_id, about };
}

/** What somebody wrote into a form. */
export function readSubmission({
  view,
  user,
  received_at: at,
}: ReturnType<typeof ViewSubmission.parse>): readonly VerdictSignal[] {
  const about = contextOf(view.private_metadata);
  const words = view.state.values[FIELD.block]?.[FIELD.action]?.value?.trim() ?? '';
  if (about === undefined) return [];
  const { channel, findingId } = about;
  const said = { kind: 'verdict', place: { id: channel }, author: personOf(user), at, about: { findingId } } as const;
  if (view.callback_id === FORMS.wrong) return [{ ...said, verdict: 'wrong', reason: words }];
  return view.callback_id === FORMS.edit && words !== '' ? [{ ...said, verdict: 'edit', reason: '', text: words }] : [];
}

function findingOf({ actions }: BlockActions): FindingId | undefined {
  const [action] = actions;
  const isOurs = Object.values(BUTTONS).some((id) => id === action?.action_id);
  return isOurs ? FindingId.safeParse(action?.value).data : undefined;
}

function contextOf(metadata: string): FormContext | undefined {
  try {
    return FormContext.safeParse(JSON.parse(metadata)).data;
  } catch {
    return undefined;
  }
}

function personOf({ id, name, username }: BlockActions['user']): SourceAuthor {
  return { id, name: name ?? username ?? id, kind: 'person' };
}
