const UNSTORABLE = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

/** Text as PostgreSQL can hold it: NUL and lone surrogates become U+FFFD. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd');
}

function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [cleanText(key), cleanValue(part)]));
}

/** A value as JSON text that jsonb accepts; only text with an escape that jsonb refuses is walked. */
export function toJsonText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return UNSTORABLE.test(text) ? JSON.stringify(cleanValue(JSON.parse(text))) : text;
}

/** Bound parameters as PostgreSQL can hold them. */
export function cleanParams(params: readonly unknown[]): unknown[] {
  return params.map((param) => (typeof param === 'string' ? cleanText(param) : param));
}
