import { type EditorAction, EditorFile, EditorVerdict } from '@continuum/contract/editor';
import type { ReadSignals, VerdictSignal } from '@continuum/contract/source';
import { z } from 'zod';

const ACTIONS: ReadonlyMap<string, EditorAction> = new Map([
  ['suggestion-accepted', 'accepted'],
  ['suggestion-modified', 'modified'],
  ['suggestion-dismissed', 'dismissed'],
]);
const SAVED = 'file-saved';

/** What an editor may tell. */
export const EDITOR_EVENTS: ReadonlySet<string> = new Set([SAVED, ...ACTIONS.keys()]);

const VERDICTS = { accepted: 'right', modified: 'edit', dismissed: 'wrong' } as const;
const Judged = EditorVerdict.omit({ action: true }).extend({
  author: z.string().trim().min(1).max(100),
  /** When it was done, ISO 8601. */
  at: z.iso.datetime({ offset: true }),
});

/** What somebody did with a suggestion; empty for a save, and for a payload that is none of ours. Pure. */
export const readSignals: ReadSignals = (event, payload) => {
  const action = ACTIONS.get(event);
  const judged = action === undefined ? undefined : Judged.safeParse(payload).data;
  if (action === undefined || judged === undefined) return [];
  if ((action === 'modified') !== (judged.text !== undefined)) return [];
  return [toVerdict(action, judged)];
};

function toVerdict(action: EditorAction, judged: z.infer<typeof Judged>): VerdictSignal {
  const { findingId, author, reason, text, at } = judged;
  return {
    kind: 'verdict',
    about: { findingId },
    verdict: VERDICTS[action],
    place: { id: 'editor' },
    author: { id: author, name: author, kind: 'person' },
    reason,
    ...(text === undefined ? {} : { text }),
    at,
  };
}

/** The file of a save; undefined for everything else, and for a payload that names none. Pure. */
export function readSave(event: string, payload: Readonly<Record<string, unknown>>): EditorFile | undefined {
  return event === SAVED ? EditorFile.safeParse(payload).data : undefined;
}
