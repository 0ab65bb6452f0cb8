import { createHash } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';
import type { OpenAIMessage } from '@continuum/contract/learning';
import type { GenerateOptions, LanguageModel, Usage } from '@continuum/contract/ports/language-model';
import { OpenAI } from 'openai';
import { AnswerCache } from './answer-cache.ts';
import { type AnswerSchema, answerSchema } from './answer-schema.ts';
import { type BudgetLimits, completionAllowance, DailyTokens, estimateTokens, type ValueCache } from './budget.ts';
import { type Completion, complete, completeStreaming } from './completion.ts';
import { adapt, type Dialect, FIRST_DIALECT, type Question, toRequest } from './dialect.ts';
import { redact, toUnavailable } from './failure.ts';
import { Patience } from './patience.ts';
import { readAnswer, repairMessages } from './repair.ts';

const OPENAI_URL = 'https://api.openai.com/v1';
const ANSWER_TOKENS = 2048;
const TIMEOUT_MS = 120_000;

/** Where retries are told; a pino logger fits. */
export interface ModelLog {
  warn(about: object, message: string): void;
}

export interface OpenAiModelOptions {
  /** Most local servers want none. */
  readonly apiKey?: string;
  /** Default OpenAI; Ollama, for example, is `http://127.0.0.1:11434/v1`. */
  readonly baseUrl?: string;
  readonly model: string;
  /** Keeps answers by content, and the tokens of the day. */
  readonly cache: ValueCache;
  readonly budget: BudgetLimits;
  readonly now?: () => Date;
  readonly log?: ModelLog;
}

/** One call of `generate` on its way. */
interface Call {
  readonly schema: AnswerSchema;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly patience: Patience;
  /** Undefined once text was shown: pieces of a second try would run into those of the first. */
  onText: ((piece: string) => void) | undefined;
}

/**
 * A model behind any server that speaks `POST /chat/completions`: OpenAI, Ollama, vLLM, llama-server, LM Studio.
 * Answers are structured output where the server has it, JSON found in text where not, and always checked by the schema.
 */
export function createOpenAiModel(options: OpenAiModelOptions): LanguageModel {
  return new OpenAiModel(options);
}

class OpenAiModel implements LanguageModel {
  readonly id: string;
  readonly #options: OpenAiModelOptions;
  readonly #apiKey: string;
  readonly #now: () => Date;
  readonly #client: OpenAI;
  readonly #answers: AnswerCache;
  readonly #tokens: DailyTokens;
  #dialect: Dialect = FIRST_DIALECT;

  constructor(options: OpenAiModelOptions) {
    const baseURL = options.baseUrl ?? OPENAI_URL;
    const provider = baseURL === OPENAI_URL ? 'openai' : hostOf(baseURL);
    this.id = `${provider}/${options.model}`;
    this.#options = options;
    this.#apiKey = options.apiKey ?? '';
    this.#now = options.now ?? (() => new Date());
    // Everything is handed in: the client would else read settings of its own from the environment, and log requests.
    const own = { organization: null, project: null, webhookSecret: null, maxRetries: 0, logLevel: 'off' } as const;
    this.#client = new OpenAI({ ...own, apiKey: this.#apiKey || 'none', baseURL });
    this.#answers = new AnswerCache(options.cache, this.id, this.#now);
    this.#tokens = new DailyTokens(options.cache, this.id, options.budget.tokensPerDay, this.#now);
  }

  async generate<T>(options: GenerateOptions<T>): Promise<{ readonly value: T; readonly usage: Usage }> {
    const schema = answerSchema(options.schema, options.schemaName);
    const temperature = options.temperature ?? 0;
    const key = contentHash([this.id, options.messages, schema.json, temperature]);
    const known = await this.#answers.get(key, options.schema);
    if (known !== undefined) {
      options.onText?.(JSON.stringify(known.json));
      return { value: known.value, usage: known.usage };
    }
    const patience = this.#patience(options);
    const maxTokens = options.maxTokens ?? ANSWER_TOKENS;
    const call: Call = { schema, maxTokens, temperature, patience, onText: options.onText };
    const { value, json, usage } = await this.#answer(call, options);
    await this.#answers.set(key, json, usage);
    return { value, usage };
  }

  #patience(options: { timeoutMs?: number; signal?: AbortSignal }): Patience {
    const { budget, model, log } = this.#options;
    const timeoutMs = options.timeoutMs ?? budget.timeoutMs ?? TIMEOUT_MS;
    return new Patience({
      timeoutMs,
      attemptTimeoutMs: budget.attemptTimeoutMs ?? timeoutMs / 2,
      signal: options.signal,
      apiKey: this.#apiKey,
      now: this.#now,
      onRetry: (error, delayMs) => log?.warn({ model, delayMs, reason: error.message }, 'the model is asked again'),
    });
  }

  /** Asks, and once more with what was wrong when the answer does not fit. */
  async #answer<T>(
    call: Call,
    { messages, schema }: GenerateOptions<T>,
  ): Promise<{ value: T; json: unknown; usage: Usage }> {
    const first = await this.#ask(call, messages);
    const read = await readAnswer(schema, first.text);
    if (read.ok) return { value: read.value, json: read.json, usage: usageOf([first]) };
    assertRepairable(first);
    const silent: Call = { ...call, onText: undefined };
    const second = await this.#ask(silent, repairMessages(messages, first.text, read.problem));
    const repaired = await readAnswer(schema, second.text);
    if (repaired.ok) return { value: repaired.value, json: repaired.json, usage: usageOf([first, second]) };
    assertRepairable(second);
    throw badOutput(`does not match ${call.schema.name}: ${redact(repaired.problem, this.#apiKey)}`);
  }

  /** One answered request: within the budgets, retried. */
  async #ask(call: Call, messages: readonly OpenAIMessage[]): Promise<Completion> {
    const prompt = [...messages.map((message) => message.content), JSON.stringify(call.schema.json)];
    const promptTokens = estimateTokens(prompt);
    const maxTokens = completionAllowance(promptTokens, call.maxTokens, this.#options.budget.maxTokensPerCall);
    const question = { ...call, model: this.#options.model, messages, maxTokens };
    const spend = await this.#tokens.reserve(promptTokens + maxTokens);
    let spent = 0;
    try {
      const completion = await call.patience.attempt((signal) => this.#send(call, question, signal));
      spent = completion.promptTokens + completion.completionTokens;
      return completion;
    } catch (error) {
      throw toUnavailable(error, this.#apiKey, this.#now());
    } finally {
      await spend(spent);
    }
  }

  /** One request in the server's dialect; what it turns away is said in the next one, and the one that works is kept. */
  async #send(call: Call, question: Question, signal: AbortSignal): Promise<Completion> {
    let dialect = this.#dialect;
    for (;;) {
      try {
        const completion = await this.#request(call, toRequest(question, dialect), signal);
        this.#dialect = dialect;
        return completion;
      } catch (error) {
        const next = adapt(dialect, error);
        if (next === undefined) throw error;
        dialect = next;
      }
    }
  }

  #request(call: Call, request: ReturnType<typeof toRequest>, signal: AbortSignal): Promise<Completion> {
    const { onText } = call;
    if (onText === undefined) return complete(this.#client, request, signal);
    return completeStreaming(this.#client, request, signal, (piece) => {
      call.onText = undefined;
      onText(piece);
    });
  }
}

function hostOf(url: string): string {
  if (!URL.canParse(url)) {
    throw new ContinuumError('CONFIG_INVALID', 'The base URL of the model server is no URL.', {
      next: 'Set OPENAI_BASE_URL to something like http://127.0.0.1:11434/v1.',
    });
  }
  return new URL(url).host;
}

function contentHash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function usageOf(completions: readonly Completion[]): Usage {
  return {
    promptTokens: completions.reduce((sum, completion) => sum + completion.promptTokens, 0),
    completionTokens: completions.reduce((sum, completion) => sum + completion.completionTokens, 0),
    cached: false,
  };
}

function badOutput(why: string): ContinuumError {
  return new ContinuumError('MODEL_BAD_OUTPUT', `The answer of the model ${why}`, {
    next: 'Use a model that follows JSON schemas, or ask for less.',
  });
}

/** Asking again helps neither against a limit nor against a refusal. */
function assertRepairable({ finishReason, refusal, completionTokens }: Completion): void {
  if (refusal !== undefined || finishReason === 'content_filter') throw badOutput('was a refusal.');
  if (finishReason === 'length') throw badOutput(`was cut off after ${completionTokens} tokens; raise maxTokens.`);
}
