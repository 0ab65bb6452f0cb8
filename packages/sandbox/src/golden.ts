import { CandidateFinding } from '@continuum/contract/finding';
import { z } from 'zod';
import codeEvaluation from '../golden/code-evaluation.json' with { type: 'json' };
import commandInjection from '../golden/command-injection.json' with { type: 'json' };
import pathTraversal from '../golden/path-traversal.json' with { type: 'json' };
import secrets from '../golden/secrets.json' with { type: 'json' };
import sqlInjection from '../golden/sql-injection.json' with { type: 'json' };

/** A finding that every team wants to see, whatever it taught about other ones. */
export const GoldenCase = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  finding: CandidateFinding,
});
export type GoldenCase = z.infer<typeof GoldenCase>;

/** The golden set: written for this project, each as our own analyzers report it. */
export const GOLDEN: readonly GoldenCase[] = z
  .array(GoldenCase)
  .parse([...secrets, ...sqlInjection, ...commandInjection, ...codeEvaluation, ...pathTraversal]);
