import { ContinuumError } from '@continuum/contract/errors';
import { TargetModule } from '@continuum/contract/layer';
import { z } from 'zod';

/** What an `adapter_config.json` says of the mathematics. */
export interface PeftConfig {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly TargetModule[];
}

const Config = z.looseObject({
  peft_type: z.literal('LORA'),
  r: z.number().int().positive(),
  lora_alpha: z.number().positive(),
  target_modules: z.array(z.string()).min(1),
  bias: z.literal('none').optional(),
  /** Others, such as PiSSA and LoftQ, begin by changing the base model. */
  init_lora_weights: z.union([z.boolean(), z.enum(['gaussian', 'eva', 'orthogonal'])]).nullish(),
});

/** Settings that say where it came from or how it was trained; they change nothing of what a trained adapter computes. */
const HARMLESS = new Set([
  'auto_mapping',
  'base_model_name_or_path',
  'eva_config',
  'inference_mode',
  'lora_dropout',
  'megatron_core',
  'peft_version',
  'qalora_group_size',
  'revision',
  'runtime_config',
  'task_type',
]);

function incompatible(why: string, next: string): ContinuumError {
  return new ContinuumError('LAYER_INCOMPATIBLE', `This adapter cannot be used: ${why}.`, { next });
}

/**
 * Reads the text of an `adapter_config.json`. Throws LAYER_CORRUPT for text that is no such file, LAYER_INCOMPATIBLE for
 * whatever plain LoRA does not cover: DoRA, rsLoRA, biases, modules saved whole, patterns of ranks, unknown targets, and
 * every setting that is unknown here and switched on.
 */
export function readPeftConfig(text: string): PeftConfig {
  const parsed = Config.safeParse(parseJson(text));
  if (!parsed.success) throw mismatch(parsed.error);
  const { peft_type, r: rank, lora_alpha: alpha, target_modules, bias, init_lora_weights, ...others } = parsed.data;
  const active = Object.entries(others).find(([key, value]) => !HARMLESS.has(key) && isOn(value));
  if (active !== undefined) {
    throw incompatible(
      `its "${active[0]}" is ${JSON.stringify(active[1])}`,
      'Train a plain LoRA, without that setting.',
    );
  }
  const targets = z.array(TargetModule).safeParse(target_modules);
  if (!targets.success || new Set(targets.data).size !== targets.data.length) {
    throw incompatible(
      `it changes the modules ${target_modules.join(', ')}`,
      `Train it on some of ${TargetModule.options.join(', ')}, each named once.`,
    );
  }
  return { rank, alpha, targets: targets.data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ContinuumError('LAYER_CORRUPT', 'adapter_config.json is no JSON.', {
      next: 'Fetch the adapter again, or restore it from a copy.',
      cause,
    });
  }
}

function mismatch(error: z.ZodError): ContinuumError {
  return incompatible(
    `adapter_config.json: ${z.prettifyError(error)}`,
    'Give the folder of a LoRA adapter saved by PEFT.',
  );
}

/** PEFT writes every setting it knows; off is null, false, zero or empty. */
function isOn(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** The text of an `adapter_config.json` that PEFT, vLLM and LoRAX read. The same arguments give the same bytes. */
export function writePeftConfig({ rank, alpha, targets }: PeftConfig, baseName: string): string {
  const config = {
    alpha_pattern: {},
    base_model_name_or_path: baseName,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: alpha,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: 'LORA',
    r: rank,
    rank_pattern: {},
    target_modules: targets,
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: false,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
