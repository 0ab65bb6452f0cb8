import { z } from 'zod';
import { Category, FailOn } from './finding.ts';

/** A pattern over repository paths such as `src/**\/*.ts`; few wildcards, so that matching stays quick whatever it says. */
const Glob = z
  .string()
  .min(1)
  .max(200)
  .refine((pattern) => (pattern.match(/[*?+@!]/g)?.length ?? 0) <= 10, 'use at most ten wildcards');

/** What holds for some paths; where several match a path the last one to say something has the word. */
export const PathRule = z.strictObject({
  paths: z.array(Glob).min(1).max(100),
  /** Most findings posted on these paths together in one review. */
  cap: z.number().int().min(0).max(1000).optional(),
  /** Least probability of a posted finding. */
  threshold: z.number().min(0).max(1).optional(),
  /** Kinds of findings that nobody wants to hear of here. */
  off: z.array(Category).max(Category.options.length).optional(),
});
export type PathRule = z.infer<typeof PathRule>;

/**
 * A repository's own terms: its `continuum.config.json`, read from the base commit of a pull request and never from the
 * commit under review. Names no command, no module and no address: it can make a review narrower, never make it do something.
 */
export const RepositoryConfig = z.strictObject({
  $schema: z.string().max(500).optional(),
  /** Paths that nobody reviews. */
  ignore: z.array(Glob).max(500).default([]),
  rules: z.array(PathRule).max(100).default([]),
  /** Most findings posted on one pull request; the recipe's own when absent. */
  cap: z.number().int().min(0).max(1000).optional(),
  threshold: z.number().min(0).max(1).optional(),
  /** Review drafts too, or never; the recipe decides when absent. */
  drafts: z.boolean().optional(),
  /** Most added lines that one review reads; can only be less than the recipe's. */
  maxAddedLines: z.number().int().positive().optional(),
  /** When the check run of a pull request fails; it stays neutral for `never`. */
  failOn: FailOn.default('critical'),
  /** BCP 47 tag of the language in which a language model writes its findings, such as `de` or `pt-BR`. */
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$/)
    .optional(),
});
export type RepositoryConfig = z.infer<typeof RepositoryConfig>;
