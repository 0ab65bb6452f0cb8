import { TargetModule } from '@continuum/contract/layer';
import { TrainingItem, TrainingOptions } from '@continuum/contract/training-job';
import type { TinyBase } from '@continuum/testing/tiny-model';
import { type PeftFiles, toPeft } from '@continuum/transformer/format/peft';
import { createTokenizer } from '@continuum/transformer/tokenizer';
import { createTraining } from '@continuum/transformer/training';
import { tokenizeItem } from '@continuum/transformer/training/items';
import { z } from 'zod';

const Messages = z.array(z.object({ role: z.string(), content: z.string() })).length(1);
/** OpenAI's format of preferences, and of conversations with one answer. */
const Pair = z.object({
  input: z.object({ messages: Messages }),
  preferred_output: Messages,
  non_preferred_output: Messages,
});
const Conversation = z.object({
  messages: z.tuple([
    z.object({ role: z.literal('user'), content: z.string() }),
    z.object({ role: z.literal('assistant'), content: z.string() }),
  ]),
});

export interface ServerTraining {
  step(): { step: number; steps: number; loss: number; tokens: number };
  result(): PeftFiles;
}

interface Asked {
  readonly seed?: number | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly method: {
    readonly type: 'supervised' | 'dpo';
    readonly supervised?: { readonly hyperparameters: Readonly<Record<string, number>> } | undefined;
    readonly dpo?: { readonly hyperparameters: Readonly<Record<string, number>> } | undefined;
  };
}

/** A real training of an uploaded file by our engine. Throws for a file that is not of the method's format. */
export function beginTraining(base: TinyBase, jsonl: string, { seed, metadata = {}, method }: Asked): ServerTraining {
  const { encode, decode } = createTokenizer(base.tokenizerJson);
  const lines = jsonl.split('\n').filter((line) => line !== '');
  const items = lines.map((line, index) => toItem(JSON.parse(line), index, method.type));
  const { n_epochs, batch_size, beta } = method[method.type]?.hyperparameters ?? {};
  const options = TrainingOptions.parse({
    seed,
    beta,
    epochs: n_epochs,
    batch: batch_size,
    learningRate: 5e-3,
    rank: Number(metadata.rank),
    alpha: Number(metadata.alpha),
    targets: z.array(TargetModule).parse(metadata.targets?.split(',')),
    sftWeight: method.type === 'dpo' ? 0 : 1,
  });
  const tokenized = items.map((item) => tokenizeItem(item, { encode, decode }));
  const training = createTraining(base.weights, tokenized, options);
  return {
    step: () => {
      const { loss } = training.step();
      const { tokens = 0 } = training.metrics();
      return { step: training.stepNumber, steps: training.steps, loss, tokens };
    },
    result: () => toPeft(training.adapter(), { base: 'served' }),
  };
}

function toItem(row: unknown, index: number, method: 'supervised' | 'dpo'): TrainingItem {
  const about = { id: `row-${index}`, weight: 1 };
  if (method === 'supervised') {
    const [user, assistant] = Conversation.parse(row).messages;
    return TrainingItem.parse({ ...about, prompt: user.content, chosen: assistant.content });
  }
  const { input, preferred_output, non_preferred_output } = Pair.parse(row);
  const [prompt, chosen, rejected] = [input.messages, preferred_output, non_preferred_output].map(
    ([first]) => first?.content,
  );
  return TrainingItem.parse({ ...about, prompt, chosen, rejected });
}
