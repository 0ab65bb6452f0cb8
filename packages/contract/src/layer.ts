import { z } from 'zod';
import { ScopeId } from './ids.ts';

/** Hex SHA-256. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** `layer-` and the first 32 hex digits of the SHA-256 over the layer's weights and configuration: equal bytes, equal id. */
export const LayerId = z
  .string()
  .regex(/^layer-[0-9a-f]{32}$/)
  .brand('LayerId');
export type LayerId = z.infer<typeof LayerId>;

/** The linear modules of a Llama block that a layer may change, by their PEFT names. */
export const TargetModule = z.enum(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']);
export type TargetModule = z.infer<typeof TargetModule>;

/** Candidate: trained; shadow: scored beside what is active; canary: decides for some; active: decides; archived: kept, unused. */
export const LayerState = z.enum(['candidate', 'shadow', 'canary', 'active', 'archived']);
export type LayerState = z.infer<typeof LayerState>;

/** One test a layer had to pass, with what was measured against what limit. */
export const GateResult = z.object({
  gate: z.enum(['held-out-lift', 'golden-set', 'format', 'shadow', 'canary']),
  passed: z.boolean(),
  value: z.number(),
  limit: z.number(),
  /** One sentence a person understands. */
  text: z.string(),
});
export type GateResult = z.infer<typeof GateResult>;

/** What is known of a LoRA layer without opening its weights: signed, never changed after it was written. */
export const LayerManifest = z.object({
  format: z.literal(1),
  id: LayerId,
  scope: ScopeId,
  /** SHA-256 of the base model's weights file. */
  baseModel: Sha256,
  rank: z.number().int().positive(),
  alpha: z.number().positive(),
  targets: z.array(TargetModule).min(1),
  /** Size of the weights file. */
  bytes: z.number().int().nonnegative(),
  /** SHA-256 of each file of the layer's folder, by name. */
  files: z.record(z.string(), Sha256),
  /** Layers that this one was trained on top of, outermost scope first. */
  parents: z.array(LayerId),
  /** SHA-256 over the ids of the examples it was trained on, sorted. */
  dataHash: Sha256,
  examples: z.number().int().nonnegative(),
  trainer: z.string(),
  seed: z.number().int(),
  /** What training measured: losses, seconds, tokens. */
  metrics: z.record(z.string(), z.number()),
  /** ISO 8601. */
  at: z.string(),
});
export type LayerManifest = z.infer<typeof LayerManifest>;

/** A manifest as it lies on disk: ed25519 over the canonical JSON of `manifest`. */
export const SignedManifest = z.object({
  manifest: LayerManifest,
  /** SPKI in base64. */
  publicKey: z.string(),
  signature: z.string(),
});
export type SignedManifest = z.infer<typeof SignedManifest>;

/** A layer and where it stands. */
export const Layer = LayerManifest.extend({
  state: LayerState,
  /** Why it stands there, one sentence. */
  because: z.string(),
  gates: z.array(GateResult),
});
export type Layer = z.infer<typeof Layer>;

/** The layers that take part in a decision, outermost scope first, and the one name of their sum. */
export const Composition = z.object({
  baseModel: Sha256,
  layers: z.array(LayerId),
});
export type Composition = z.infer<typeof Composition>;
