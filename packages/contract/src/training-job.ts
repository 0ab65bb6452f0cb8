import { z } from 'zod';
import { ScopeId } from './ids.ts';
import { LayerId, Sha256, TargetModule } from './layer.ts';

/** One thing to learn: an answer to imitate, a pair to prefer, or one answer that was wanted or not. */
export const TrainingItem = z.object({
  /** Ids of the training examples it was made from. */
  id: z.string(),
  prompt: z.string(),
  /** The wanted answer; taught by SFT, and preferred over `rejected` where there is one (DPO). */
  chosen: z.string().optional(),
  rejected: z.string().optional(),
  /** Without a pair: was `chosen` (true) or `rejected` (false) the one seen? Taught by KTO. */
  desirable: z.boolean().optional(),
  /** Intensity of the reward in [0, 1]: how hard it was meant, from arousal, emphasis and repetition. */
  weight: z.number().min(0).max(1),
  /**
   * Log-odds of `chosen` over `rejected` that a decision has from elsewhere, from the memory for one: what is learned is
   * the rest. Only for pairs of two single-token answers.
   */
  offset: z.number().optional(),
  /** Touches safety (a secret, a licence, a critical finding): the safety gate looks at it before it teaches a skip. */
  safety: z.boolean().default(false),
});
export type TrainingItem = z.infer<typeof TrainingItem>;

export const TrainingOptions = z.object({
  rank: z.number().int().min(1).max(256).default(8),
  alpha: z.number().positive().default(16),
  targets: z
    .array(TargetModule)
    .min(1)
    .default(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']),
  epochs: z.number().int().min(1).max(100).default(6),
  /** Items of one optimizer step. */
  batch: z.number().int().min(1).max(1024).default(16),
  /** Steps whose gradients are summed before the optimizer moves. */
  accumulate: z.number().int().min(1).max(256).default(1),
  learningRate: z.number().positive().default(2e-3),
  /** Share of all steps in which the rate climbs; it falls as a cosine after that. */
  warmUp: z.number().min(0).max(1).default(0.1),
  weightDecay: z.number().min(0).default(0.01),
  /** Largest Euclidean norm of the gradient. */
  clip: z.number().positive().default(1),
  /** DPO's and KTO's beta. */
  beta: z.number().positive().default(0.1),
  /** LORA-1: L = sftWeight x L_sft + preferenceWeight x L_preference; a channel without data gives its share to the other. */
  sftWeight: z.number().min(0).default(1),
  preferenceWeight: z.number().min(0).default(1),
  /** What the safety gate does with an item that would teach to skip something dangerous. */
  safetyGate: z.enum(['skip', 'down-weight', 'invert']).default('skip'),
  seed: z.number().int().default(1),
  /** Share of one CPU that training may take, in (0, 1]. */
  cpuShare: z.number().positive().max(1).default(0.1),
  /** Optimizer steps between two checkpoints. */
  checkpointEvery: z.number().int().min(1).default(20),
});
export type TrainingOptions = z.infer<typeof TrainingOptions>;

/** The job file that every trainer takes. Paths are absolute; the output folder belongs to the job. */
export const TrainingJob = z.object({
  format: z.literal(1),
  id: z.string().regex(/^job_[\w-]+$/),
  scope: ScopeId,
  /** Folder of the base model: config.json, model.safetensors, tokenizer.json. */
  baseFolder: z.string(),
  baseModel: Sha256,
  /** JSON Lines of `TrainingItem`, and its SHA-256. */
  dataFile: z.string(),
  dataHash: Sha256,
  /** Where checkpoints and the PEFT folder `adapter/` go. */
  outputFolder: z.string(),
  parents: z.array(LayerId).default([]),
  options: TrainingOptions,
});
export type TrainingJob = z.infer<typeof TrainingJob>;

/** What a trainer says while it works, one JSON line each on a subprocess's standard output. */
export const TrainingProgress = z.object({
  jobId: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  step: z.number().int().nonnegative(),
  steps: z.number().int().nonnegative(),
  /** Mean loss since the last event. */
  loss: z.number().optional(),
  tokens: z.number().int().nonnegative(),
  /** Seconds left as far as can be told. */
  etaSeconds: z.number().nonnegative().optional(),
  /** What went wrong, with what to do next. */
  error: z.string().optional(),
});
export type TrainingProgress = z.infer<typeof TrainingProgress>;

/** What a finished job leaves: the PEFT folder and what was measured. */
export const TrainedLayer = z.object({
  jobId: z.string(),
  /** Absolute path of the PEFT folder (`adapter_model.safetensors`, `adapter_config.json`). */
  folder: z.string(),
  trainer: z.string(),
  metrics: z.record(z.string(), z.number()),
});
export type TrainedLayer = z.infer<typeof TrainedLayer>;
