import type { OpenAI } from 'openai';
import { estimateTokens } from './budget.ts';

type Params = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;

/** What a server answered once. */
export interface Completion {
  readonly text: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** `stop`, `length`, `content_filter`, as the server says it. */
  readonly finishReason: string;
  readonly refusal: string | undefined;
}

interface RawCompletion {
  readonly text: string;
  readonly finishReason: string | null | undefined;
  readonly refusal?: string | null | undefined;
  readonly usage: OpenAI.CompletionUsage | null | undefined;
}

/** Servers that do not count get an estimate. */
function toCompletion(request: Params, raw: RawCompletion): Completion {
  const prompt = request.messages.map((message) => JSON.stringify(message.content ?? ''));
  return {
    text: raw.text,
    promptTokens: raw.usage?.prompt_tokens ?? estimateTokens(prompt),
    completionTokens: raw.usage?.completion_tokens ?? estimateTokens([raw.text]),
    finishReason: raw.finishReason ?? 'stop',
    refusal: raw.refusal ?? undefined,
  };
}

/** One `POST /chat/completions` with its whole answer. Throws the client's errors, and SyntaxError or TypeError for what is no completion. */
export async function complete(client: OpenAI, request: Params, signal: AbortSignal): Promise<Completion> {
  const answer = await client.chat.completions.create(request, { signal });
  const choice = answer.choices?.[0];
  if (choice === undefined) throw new TypeError('the server answered with something that is no completion');
  const { content, refusal } = choice.message;
  return toCompletion(request, {
    text: content ?? '',
    finishReason: choice.finish_reason,
    refusal,
    usage: answer.usage,
  });
}

/** The same, piece by piece as server-sent events. A stream that ends without a finish reason was cut: TypeError. */
export async function completeStreaming(
  client: OpenAI,
  request: Params,
  signal: AbortSignal,
  onText: (piece: string) => void,
): Promise<Completion> {
  const streaming = { ...request, stream: true, stream_options: { include_usage: true } } as const;
  const stream = await client.chat.completions.create(streaming, { signal });
  let text = '';
  let refusal = '';
  let finishReason: string | undefined;
  let usage: OpenAI.CompletionUsage | null | undefined;
  for await (const chunk of stream) {
    const choice = chunk.choices?.[0];
    const piece = choice?.delta?.content ?? '';
    text += piece;
    refusal += choice?.delta?.refusal ?? '';
    finishReason = choice?.finish_reason ?? finishReason;
    usage = chunk.usage ?? usage;
    if (piece !== '') onText(piece);
  }
  signal.throwIfAborted();
  if (finishReason === undefined) throw new TypeError('the stream of the server ended in the middle');
  return toCompletion(request, { text, finishReason, refusal: refusal || undefined, usage });
}
