import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';
import type { Envelope } from './envelope.ts';
import { EslintReport, eslintClaims } from './eslint.ts';
import { Rdjson, rdformatClaims, rdjsonlDiagnostics } from './rdformat.ts';
import { Sarif, sarifClaims, type ToolClaims } from './sarif.ts';

/** Tool of a report that names none. */
const UNNAMED = 'ci';

/** The claims of a report, by tool. Throws INVALID_INPUT that says where the report is not what its format wants. */
export function readReport({ format, results, root, tool }: Envelope): ToolClaims[] {
  if (format === 'sarif') return sarifClaims(parse(Sarif, results, 'SARIF 2.1.0'), root);
  const named = { tool: tool ?? UNNAMED, root };
  if (format === 'eslint') {
    const claims = eslintClaims(parse(EslintReport, results, "ESLint's JSON format"), root);
    return [{ tool: 'eslint', claims }];
  }
  const report = format === 'rdjson' ? parse(Rdjson, results, 'rdjson') : { diagnostics: parseLines(results) };
  return byTool(rdformatClaims(report, named), 'source' in report ? (report.source?.name ?? named.tool) : named.tool);
}

/** Where a report mixes tools each has its own findings; where it says nothing, its own tool has none. */
function byTool(claims: ToolClaims['claims'], otherwise: string): ToolClaims[] {
  if (claims.length === 0) return [{ tool: otherwise, claims }];
  return [...Map.groupBy(claims, ({ tool }) => tool)].map(([tool, group]) => ({ tool, claims: group }));
}

function parse<T>(schema: z.ZodType<T>, results: unknown, name: string): T {
  const parsed = schema.safeParse(results);
  if (parsed.success) return parsed.data;
  throw unreadable(name, parsed.error);
}

function parseLines(results: unknown) {
  const text = parse(z.string(), results, 'rdjsonl');
  try {
    return rdjsonlDiagnostics(text);
  } catch (error) {
    throw unreadable('rdjsonl', error);
  }
}

function unreadable(name: string, error: unknown): ContinuumError {
  const [issue] = error instanceof z.ZodError ? error.issues : [];
  const where = issue === undefined ? 'a line is no JSON' : `${issue.path.join('.') || 'results'}: ${issue.message}`;
  return new ContinuumError('INVALID_INPUT', `the results are not ${name}: ${where.slice(0, 300)}`, {
    next: 'Send the report as the tool wrote it, and its format in `format`: sarif, rdjson, rdjsonl or eslint.',
  });
}
