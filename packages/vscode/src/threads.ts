import type { MessageView } from '@continuum/contract/http';
import { createMarkdown } from './markdown.ts';
import type { ShownMessage } from './panel-messages.ts';

const toHtml = createMarkdown();

/** Messages as threads, in the order in which the threads began; an answer whose beginning is out of sight begins one. */
export function toThreads(messages: readonly MessageView[]): ShownMessage[] {
  const answers = Map.groupBy(messages, ({ id, threadId }) => threadId ?? id);
  return [...answers.values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [{ ...shown(first), answers: rest.map(shown) }],
  );
}

function shown({ id, author, text, at }: MessageView): ShownMessage {
  return { id, author: author.name, kind: author.kind, html: toHtml(text), at, answers: [] };
}
