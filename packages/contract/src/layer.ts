import { z } from 'zod';
import { ScopeId } from './ids.ts';

/** What is known of a LoRA layer without opening its weights: one `manifest.json` beside each adapter under the genome folder. */
export const LayerManifest = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  scope: ScopeId,
  /** SHA-256 of the base model's weights. */
  baseModel: z.string(),
  state: z.enum(['candidate', 'shadow', 'canary', 'active', 'archived']),
  bytes: z.number().int().nonnegative(),
  at: z.string(),
});
export type LayerManifest = z.infer<typeof LayerManifest>;
