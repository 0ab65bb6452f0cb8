import { z } from 'zod';

/** The rules of SARIF 2.1.0 for the parts that we write; anything else is refused. */
const Text = z.strictObject({ text: z.string(), markdown: z.string().optional() });
const Index = z.number().int().nonnegative();
const Line = z.number().int().min(1);
/** RFC 3986: a relative reference without a scheme, percent-encoded. */
const Relative = z.string().regex(/^(?:[\w.!~*'()/-]|%[0-9A-F]{2})+$/);
const Uri = z.url();
const Artifact = z.strictObject({ uri: Relative, uriBaseId: z.literal('SRCROOT') });
const Region = z
  .strictObject({
    startLine: Line,
    endLine: Line,
    startColumn: Line.optional(),
    endColumn: Line.optional(),
    snippet: Text.optional(),
  })
  .refine(({ startLine, endLine }) => endLine >= startLine, 'a region ends at or after its start (3.30.7)');
const Level = z.enum(['none', 'note', 'warning', 'error']);

const Rule = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1),
  shortDescription: Text,
  fullDescription: Text,
  help: Text,
  helpUri: Uri.optional(),
  defaultConfiguration: z.strictObject({ level: Level }),
  properties: z.strictObject({
    tags: z.array(z.string()).refine((tags) => new Set(tags).size === tags.length),
    'security-severity': z
      .string()
      .regex(/^\d+\.\d$/)
      .optional(),
  }),
});

const Fix = z.strictObject({
  description: Text,
  artifactChanges: z
    .array(
      z.strictObject({
        artifactLocation: Artifact,
        replacements: z.array(z.strictObject({ deletedRegion: Region, insertedContent: Text })).min(1),
      }),
    )
    .min(1),
});

const Result = z.strictObject({
  ruleId: z.string().min(1),
  ruleIndex: Index,
  level: Level,
  message: Text.refine(({ text }) => text !== ''),
  locations: z.array(
    z.strictObject({ physicalLocation: z.strictObject({ artifactLocation: Artifact, region: Region }) }),
  ),
  partialFingerprints: z.record(z.string().regex(/^[^/]+\/v\d+$/), z.string().min(1)),
  rank: z.number().min(0).max(100),
  fixes: z.array(Fix).optional(),
  suppressions: z
    .array(
      z.strictObject({
        kind: z.enum(['inSource', 'external']),
        status: z.enum(['accepted', 'underReview', 'rejected']),
        justification: z.string(),
      }),
    )
    .optional(),
  hostedViewerUri: Uri.optional(),
  properties: z.record(z.string(), z.unknown()),
});

const Run = z
  .strictObject({
    tool: z.strictObject({
      driver: z.strictObject({
        name: z.string().min(1),
        version: z.string(),
        semanticVersion: z.string().regex(/^\d+\.\d+\.\d+/),
        rules: z.array(Rule),
      }),
    }),
    columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']),
    originalUriBaseIds: z.record(z.string(), z.strictObject({ description: Text })),
    automationDetails: z.strictObject({ id: z.string().min(1) }),
    invocations: z.array(
      z.strictObject({
        executionSuccessful: z.boolean(),
        toolExecutionNotifications: z.array(z.strictObject({ level: Level, message: Text })),
      }),
    ),
    results: z.array(Result),
    properties: z.record(z.string(), z.unknown()),
  })
  .refine(
    ({ tool, results }) => results.every(({ ruleId, ruleIndex }) => tool.driver.rules[ruleIndex]?.id === ruleId),
    'ruleIndex names the rule of ruleId (3.27.6)',
  );

export const SarifFile = z.strictObject({ $schema: Uri, version: z.literal('2.1.0'), runs: z.array(Run).min(1) });
