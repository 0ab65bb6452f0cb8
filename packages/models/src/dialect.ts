import type { OpenAIMessage } from '@continuum/contract/learning';
import { APIError, type OpenAI } from 'openai';
import type { AnswerSchema } from './answer-schema.ts';

type Params = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;

/** What a server understands; learned from what it turns away, and then kept. */
export interface Dialect {
  readonly format: 'json_schema' | 'json_object' | 'text';
  readonly tokens: 'max_tokens' | 'max_completion_tokens';
  readonly temperature: boolean;
}

export const FIRST_DIALECT: Dialect = { format: 'json_schema', tokens: 'max_tokens', temperature: true };

export interface Question {
  readonly model: string;
  readonly messages: readonly OpenAIMessage[];
  readonly schema: AnswerSchema;
  readonly maxTokens: number;
  readonly temperature: number;
}

/** In the last message of the user: many chat templates take a system message only at the start, and want turns to alternate. */
function withSchemaInWords(messages: readonly OpenAIMessage[], schema: AnswerSchema): OpenAIMessage[] {
  const words = `Answer with one JSON value and nothing else. It must match this JSON Schema:\n${JSON.stringify(schema.json)}`;
  const last = messages.at(-1);
  if (last?.role !== 'user') return [...messages, { role: 'user', content: words }];
  return [...messages.slice(0, -1), { role: 'user', content: `${last.content}\n\n${words}` }];
}

function responseFormat(dialect: Dialect, schema: AnswerSchema): Pick<Params, 'response_format'> {
  if (dialect.format === 'text') return {};
  if (dialect.format === 'json_object') return { response_format: { type: 'json_object' } };
  const { name, json, strict } = schema;
  return { response_format: { type: 'json_schema', json_schema: { name, schema: json, strict } } };
}

/** The body of `POST /chat/completions` for a question in a server's dialect. */
export function toRequest(question: Question, dialect: Dialect): Params {
  const { model, messages, schema, maxTokens, temperature } = question;
  return {
    model,
    messages: dialect.format === 'json_schema' ? [...messages] : withSchemaInWords(messages, schema),
    [dialect.tokens]: maxTokens,
    ...(dialect.temperature ? { temperature } : {}),
    ...responseFormat(dialect, schema),
  };
}

/**
 * The dialect to try next after a server turned a request away, or undefined when the dialect is not the reason.
 * OpenAI's reasoning models take no `max_tokens` and no temperature, LM Studio no `json_object`, older servers no format;
 * llama-server answers 500 for a schema that it cannot turn into a grammar.
 */
export function adapt(dialect: Dialect, error: unknown): Dialect | undefined {
  if (!(error instanceof APIError)) return undefined;
  const said = `${error.param ?? ''} ${error.message}`;
  const aboutFormat = /response_format|json_schema|json_object|schema|grammar/i.test(said);
  if (error.status !== 400 && error.status !== 422 && !(aboutFormat && error.status === 500)) return undefined;
  if (dialect.tokens === 'max_tokens' && /max_completion_tokens|max_tokens.*(unsupported|not supported)/i.test(said)) {
    return { ...dialect, tokens: 'max_completion_tokens' };
  }
  if (dialect.temperature && /temperature/i.test(said)) return { ...dialect, temperature: false };
  // A server that does not say why most likely stumbles over the format; too long a prompt it does name.
  if (/context|too long|maximum.*tokens/i.test(said) && !aboutFormat) return undefined;
  if (dialect.format === 'json_schema') return { ...dialect, format: 'json_object' };
  return dialect.format === 'json_object' ? { ...dialect, format: 'text' } : undefined;
}
