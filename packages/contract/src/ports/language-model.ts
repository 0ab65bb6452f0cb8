import type { z } from 'zod';
import type { OpenAIMessage } from '../learning.ts';

export interface GenerateOptions<T> {
  readonly messages: readonly OpenAIMessage[];
  /** The answer must parse with it; one repair round, then MODEL_BAD_OUTPUT. */
  readonly schema: z.ZodType<T>;
  /** Name of the schema for the provider. */
  readonly schemaName: string;
  readonly maxTokens?: number;
  /** Default 0. */
  readonly temperature?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called with each piece of text as it streams in. */
  readonly onText?: (piece: string) => void;
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cached: boolean;
}

/** A language model that writes. Throws MODEL_UNAVAILABLE (retryable), MODEL_BUDGET_EXCEEDED, MODEL_BAD_OUTPUT. */
export interface LanguageModel {
  /** Provider and model name, for the record. */
  readonly id: string;
  generate<T>(options: GenerateOptions<T>): Promise<{ readonly value: T; readonly usage: Usage }>;
}
