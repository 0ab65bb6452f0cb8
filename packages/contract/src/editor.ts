import { z } from 'zod';
import { RepoName } from './change-set.ts';
import { FeedbackId, FindingId, ReviewId } from './ids.ts';
import { Author } from './room.ts';

/** Longest text of one file that an editor may ask about, in characters. */
export const MAX_EDITOR_TEXT = 1_000_000;

/** Path inside its repository, with `/` between its parts. */
const FilePath = z
  .string()
  .min(1)
  .max(1000)
  .regex(
    /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\p{Cc}\\]+$/u,
    'a path is relative to the repository, with / between its parts',
  );

/** `POST /api/v1/editor/reviews`: one file as it stands in an editor. */
export const EditorFile = z.object({
  repo: RepoName,
  path: FilePath,
  text: z.string().max(MAX_EDITOR_TEXT),
  /** What the file is compared with; all of it is looked at when absent. */
  baseText: z.string().max(MAX_EDITOR_TEXT).optional(),
  /** The editor's own name of the language. */
  languageId: z.string().max(100).optional(),
});
export type EditorFile = z.infer<typeof EditorFile>;

export const EDITOR_ACTIONS = ['accepted', 'modified', 'dismissed'] as const;
/** What somebody does with a suggestion: takes it, takes it and changes it, or says that it is wrong here. */
export const EditorAction = z.enum(EDITOR_ACTIONS);
export type EditorAction = z.infer<typeof EditorAction>;

/** What an editor tells of a finding, whoever did it. */
export const EditorVerdict = z.object({
  findingId: FindingId,
  action: EditorAction,
  /** With `modified`: what stands in the place of the suggestion now. Untrusted text. */
  text: z.string().max(50_000).optional(),
  /** Untrusted text. */
  reason: z.string().max(20_000).default(''),
});
export type EditorVerdict = z.infer<typeof EditorVerdict>;

const hasText = ({ action, text }: Pick<EditorVerdict, 'action' | 'text'>): boolean =>
  (action === 'modified') === (text !== undefined);
const TEXT_WITH_MODIFIED = { message: 'text belongs to modified, and to nothing else', path: ['text'] };

/** `POST /api/v1/editor/feedback` */
export const PostEditorFeedback = EditorVerdict.extend({ author: z.string().trim().min(1).max(100) })
  .strict()
  .refine(hasText, TEXT_WITH_MODIFIED);

/** The same as a command, in the name of somebody known; given twice under one id it is given once. */
export const GiveEditorFeedback = EditorVerdict.extend({ id: FeedbackId.optional(), author: Author }).refine(
  hasText,
  TEXT_WITH_MODIFIED,
);

/** A file was saved and reviewed. */
export const FileSaved = z.object({
  reviewId: ReviewId,
  repo: RepoName,
  path: z.string(),
  /** When its review was done, ISO 8601. */
  at: z.string(),
});

/** Somebody took, changed or dismissed what a finding suggests. */
export const SuggestionJudged = EditorVerdict.extend({ feedbackId: FeedbackId, author: Author });
export type SuggestionJudged = z.infer<typeof SuggestionJudged>;
