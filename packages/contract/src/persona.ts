import { z } from 'zod';
import { Category } from './finding.ts';
import { PersonaId, RoomId, ScopeId } from './ids.ts';

/** A persona is data: anybody adds one as a JSON file in `.continuum/personas/` or `recipes/personas/`. */
export const PersonaDefinition = z.strictObject({
  id: PersonaId,
  name: z.string().min(1),
  emoji: z.string().default('🤖'),
  description: z.string(),
  /** Words that wake it in conversation, lower case. */
  interests: z.array(z.string()),
  /** What it reviews: analyzers by id, narrowed to categories. */
  skills: z.array(
    z.strictObject({
      analyzer: z.string(),
      categories: z.array(Category).min(1),
      minConfidence: z.number().min(0).max(1).default(0),
    }),
  ),
  scopes: z.array(ScopeId).default([ScopeId.parse('/')]),
  /** Ask the configured language model too, when there is one. */
  usesModel: z.boolean().default(false),
  /** What a language model is told about its task. */
  brief: z.string().default(''),
  style: z
    .strictObject({
      formality: z.number().min(0).max(1).default(0.4),
      verbosity: z.number().min(0).max(1).default(0.4),
    })
    .default({ formality: 0.4, verbosity: 0.4 }),
  /** Most findings it posts on one change. */
  cap: z.number().int().positive().default(10),
});
export type PersonaDefinition = z.infer<typeof PersonaDefinition>;

/** Which personas do what on which event, in which room. One JSON file each under `recipes/`. */
export const Recipe = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  description: z.string(),
  on: z.strictObject({ event: z.string(), actions: z.array(z.string()).optional() }),
  do: z.enum(['review']),
  personas: z.array(PersonaId).min(1),
  room: RoomId.default(RoomId.parse('dev-updates')),
  /** Most findings posted on one change, all personas together. */
  cap: z.number().int().positive().default(10),
  /** Lowest probability that is posted. */
  threshold: z.number().min(0).max(1).default(0.5),
  skipDrafts: z.boolean().default(true),
  maxAddedLines: z.number().int().positive().default(20_000),
  ignore: z.array(z.string()).default([]),
});
export type Recipe = z.infer<typeof Recipe>;

/** A region of the code base that owns memory and layers. One JSON file each under `scopes/`, its folder is its id. */
export const ScopeDefinition = z.strictObject({
  id: ScopeId,
  description: z.string(),
  /** Glob patterns over repository paths; the most specific matching scope wins. */
  paths: z.array(z.string()).min(1),
  /** Findings of these categories belong here whatever the path. */
  categories: z.array(Category).default([]),
  publicLayers: z.array(z.string()).default([]),
});
export type ScopeDefinition = z.infer<typeof ScopeDefinition>;
