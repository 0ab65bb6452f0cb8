import type { ExportFormat, OpenAIMessage, TrainingExample } from '@continuum/contract/learning';
import { type RedactOptions, redactSecrets } from './redact.ts';

/** What may leave for training: active, and nobody opted out. */
export function isExportable(example: TrainingExample): boolean {
  return example.state === 'active' && example.provenance.consent !== 'opted-out';
}

/**
 * Examples as JSON Lines, one object a line, redacted of secrets; examples that lack what a format needs are left out.
 * `openai`: chat fine-tuning; `trl-sft`: TRL's conversational language modelling; `dpo`: prompt, chosen, rejected;
 * `kto`: prompt, completion, label (TRL dataset formats, https://huggingface.co/docs/trl/dataset_formats).
 */
export function toJsonLines(
  examples: readonly TrainingExample[],
  format: ExportFormat,
  options: RedactOptions = {},
): { readonly jsonl: string; readonly count: number } {
  const rows = examples.filter(isExportable).flatMap((example) => toRows(example, format));
  // Redacted before it is quoted: a pattern must not see JSON's own escapes.
  const lines = rows.map((row) => JSON.stringify(redactStrings(row, options)));
  return { jsonl: lines.map((line) => `${line}\n`).join(''), count: lines.length };
}

function toRows(example: TrainingExample, format: ExportFormat): object[] {
  switch (format) {
    case 'openai':
      return endsWithAnswer(example) ? [{ messages: example.messages }] : [];
    case 'trl-sft':
      return endsWithAnswer(example)
        ? [{ prompt: example.messages.slice(0, -1), completion: example.messages.slice(-1) }]
        : [];
    case 'dpo':
      return toPair(example);
    case 'kto':
      return toLabelled(example);
  }
}

/** Fine-tuning learns the last answer; a conversation that ends with a person has none. */
function endsWithAnswer(example: TrainingExample): boolean {
  return example.messages.at(-1)?.role === 'assistant';
}

function toPair({ preference }: TrainingExample): object[] {
  if (preference === undefined) return [];
  return [{ prompt: preference.prompt, chosen: [answer(preference.chosen)], rejected: [answer(preference.rejected)] }];
}

/** The posted finding with the person's judgement of it; of a pair without one both sides are labelled. */
function toLabelled({ preference, desirable }: TrainingExample): object[] {
  if (preference === undefined) return [];
  const { prompt, chosen, rejected } = preference;
  const row = (text: string, label: boolean) => ({ prompt, completion: [answer(text)], label });
  if (desirable === undefined) return [row(chosen, true), row(rejected, false)];
  return [desirable ? row(chosen, true) : row(rejected, false)];
}

function answer(content: string): OpenAIMessage {
  return { role: 'assistant', content };
}

function redactStrings(value: unknown, options: RedactOptions): unknown {
  if (typeof value === 'string') return redactSecrets(value, options);
  if (Array.isArray(value)) return value.map((item) => redactStrings(item, options));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactStrings(item, options)]));
}
