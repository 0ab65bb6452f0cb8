import { z } from 'zod';
import type { Claim, Level } from './claim.ts';
import { decoded, reportedPath } from './paths.ts';

// SARIF 2.1.0 narrowed to the fields that the system reads (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).

const Text = z.object({ text: z.string().optional() });
const SarifLevel = z.enum(['none', 'note', 'warning', 'error']);

const Rule = z.object({
  id: z.string(),
  name: z.string().optional(),
  shortDescription: Text.optional(),
  helpUri: z.string().optional(),
  messageStrings: z.record(z.string(), Text).optional(),
  defaultConfiguration: z.object({ level: SarifLevel.optional() }).optional(),
  properties: z.looseObject({ tags: z.array(z.string()).optional() }).optional(),
});

const Component = z.object({ name: z.string(), rules: z.array(Rule).optional() });
const ArtifactLocation = z.object({
  uri: z.string().optional(),
  uriBaseId: z.string().optional(),
  index: z.number().int().optional(),
});

const Location = z.object({
  physicalLocation: z
    .object({
      artifactLocation: ArtifactLocation.optional(),
      region: z
        .object({
          startLine: z.number().optional(),
          endLine: z.number().optional(),
          startColumn: z.number().optional(),
          snippet: Text.optional(),
        })
        .optional(),
    })
    .optional(),
});

const Result = z.object({
  ruleId: z.string().optional(),
  ruleIndex: z.number().int().optional(),
  rule: z.object({ id: z.string().optional(), index: z.number().int().optional() }).optional(),
  level: SarifLevel.optional(),
  kind: z.string().optional(),
  baselineState: z.string().optional(),
  suppressions: z.array(z.object({ status: z.string().optional() })).optional(),
  message: Text.extend({ id: z.string().optional(), arguments: z.array(z.string()).optional() }),
  locations: z.array(Location).optional(),
});

const Run = z.object({
  tool: z.object({ driver: Component, extensions: z.array(Component).optional() }),
  results: z.array(Result).nullish(),
  artifacts: z.array(z.object({ location: ArtifactLocation.optional() })).optional(),
  originalUriBaseIds: z.record(z.string(), ArtifactLocation).optional(),
});

export const Sarif = z.object({ version: z.literal('2.1.0'), runs: z.array(Run).max(100) });

type Run = z.output<typeof Run>;
type Rule = z.output<typeof Rule>;
type Result = z.output<typeof Result>;

export interface ToolClaims {
  readonly tool: string;
  readonly claims: readonly Claim[];
}

/** What each run of a log says. Results that passed, were suppressed or are gone say nothing, and so do those without a place. */
export function sarifClaims({ runs }: z.output<typeof Sarif>, root: string | undefined): ToolClaims[] {
  return runs.map((run) => {
    const rules = rulesOf(run);
    const claims = (run.results ?? []).filter(counts).flatMap((result) => toClaim(run, rules, result, root));
    return { tool: run.tool.driver.name, claims };
  });
}

function counts({ kind = 'fail', baselineState, suppressions = [], level }: Result): boolean {
  if (level === 'none' || !['fail', 'open', 'review'].includes(kind) || baselineState === 'absent') return false;
  return suppressions.every(({ status }) => status === 'rejected' || status === 'underReview');
}

function rulesOf({ tool }: Run): ReadonlyMap<string, Rule> {
  const all = [tool.driver, ...(tool.extensions ?? [])].flatMap(({ rules = [] }) => rules);
  return new Map(all.map((rule) => [rule.id, rule]));
}

function toClaim(run: Run, rules: ReadonlyMap<string, Rule>, result: Result, root: string | undefined): Claim[] {
  const place = result.locations?.[0]?.physicalLocation;
  const path = pathOf(run, place?.artifactLocation, root);
  const region = place?.region;
  if (path === undefined || region?.startLine === undefined) return [];
  const index = result.ruleIndex ?? result.rule?.index ?? -1;
  const id = result.ruleId ?? result.rule?.id ?? run.tool.driver.rules?.[index]?.id ?? 'problem';
  // `CA1000/1` is a finer kind of `CA1000` (3.52.4).
  const rule = rules.get(id) ?? rules.get(id.replace(/\/[^/]*$/, ''));
  const score = Number(rule?.properties?.['security-severity'] ?? Number.NaN);
  return [
    {
      ...{ tool: run.tool.driver.name, rule: id, path, line: region.startLine },
      ...{ endLine: region.endLine, column: region.startColumn, evidence: region.snippet?.text },
      level: levelOf(result, rule),
      message: messageOf(result, rule),
      title: rule?.shortDescription?.text ?? undefined,
      url: rule?.helpUri,
      tags: rule?.properties?.tags,
      securityScore: Number.isFinite(score) ? score : undefined,
    },
  ];
}

function levelOf({ level }: Result, rule: Rule | undefined): Level {
  const said = level ?? rule?.defaultConfiguration?.level ?? 'warning';
  return said === 'none' ? 'note' : said;
}

function messageOf({ message }: Result, rule: Rule | undefined): string {
  const known = message.id === undefined ? undefined : rule?.messageStrings?.[message.id]?.text;
  const text = message.text ?? known ?? rule?.shortDescription?.text ?? '';
  return text.replaceAll(/\{(\d{1,2})\}/g, (all, index: string) => message.arguments?.[Number(index)] ?? all);
}

type Artifact = z.output<typeof ArtifactLocation>;

function pathOf(run: Run, location: Artifact | undefined, root: string | undefined): string | undefined {
  const listed = location?.index === undefined ? undefined : run.artifacts?.[location.index]?.location;
  const uri = location?.uri ?? listed?.uri;
  if (uri === undefined) return undefined;
  if (/^file:/i.test(uri)) return reportedPath(uri, baseOf(run, location?.uriBaseId ?? listed?.uriBaseId) ?? root);
  return reportedPath(decoded(uri), root);
}

function baseOf({ originalUriBaseIds = {} }: Run, id: string | undefined): string | undefined {
  const named = id === undefined || !Object.hasOwn(originalUriBaseIds, id) ? undefined : originalUriBaseIds[id]?.uri;
  if (named !== undefined) return named;
  const roots = Object.values(originalUriBaseIds).flatMap(({ uri }) => uri ?? []);
  return roots.length === 1 ? roots[0] : undefined;
}
