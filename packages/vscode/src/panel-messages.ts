/** A message as the panel shows it. */
export interface ShownMessage {
  readonly id: string;
  readonly author: string;
  readonly kind: 'person' | 'persona' | 'system';
  /** Safe: made from Markdown whose own HTML is text. */
  readonly html: string;
  /** ISO 8601. */
  readonly at: string;
  readonly answers: readonly ShownMessage[];
}

/** From the extension to its panel. */
export type ToPanel =
  | { readonly type: 'room'; readonly title: string; readonly threads: readonly ShownMessage[] }
  | { readonly type: 'state'; readonly online: boolean; readonly text: string };

/** From the panel to the extension. */
export type FromPanel =
  | { readonly type: 'ready' }
  | { readonly type: 'say'; readonly text: string; readonly replyTo?: string };

/** What a panel sent, when it is one of these; anything can be posted to a window. */
export function readFromPanel(value: unknown): FromPanel | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  if (value.type === 'ready') return { type: 'ready' };
  if (value.type !== 'say' || !('text' in value) || typeof value.text !== 'string') return undefined;
  const text = value.text.trim();
  if (text === '') return undefined;
  const replyTo = 'replyTo' in value && typeof value.replyTo === 'string' ? { replyTo: value.replyTo } : {};
  return { type: 'say', text, ...replyTo };
}
