import { z } from 'zod';
import type { Claim, Level } from './claim.ts';
import { reportedPath } from './paths.ts';

// Reviewdog's diagnostic format narrowed to the fields that the system reads
// (https://github.com/reviewdog/reviewdog/tree/master/proto/rdf). Enumerations come by name or by number.

const Severity = z.union([z.string(), z.number().int()]).optional();
const Source = z.object({ name: z.string().optional(), url: z.string().optional() }).optional();
const Position = z.object({ line: z.number(), column: z.number().optional() });
const Range = z.object({ start: Position, end: Position.optional() });

export const Diagnostic = z.object({
  message: z.string(),
  location: z.object({ path: z.string(), range: Range.optional() }),
  severity: Severity,
  source: Source,
  code: z.object({ value: z.string().optional(), url: z.string().optional() }).optional(),
  suggestions: z.array(z.object({ range: Range, text: z.string().optional() })).optional(),
});

export const Rdjson = z.object({ source: Source, severity: Severity, diagnostics: z.array(Diagnostic).nullish() });

type Diagnostic = z.output<typeof Diagnostic>;

/** The lines of `rdjsonl`, each a diagnostic. Throws a ZodError or SyntaxError for one that is none. */
export function rdjsonlDiagnostics(text: string): Diagnostic[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => Diagnostic.parse(JSON.parse(line)));
}

/** What diagnostics say; those of a file as a whole have no line and say nothing. */
export function rdformatClaims(
  { source, severity, diagnostics }: z.output<typeof Rdjson>,
  { tool, root }: { readonly tool: string; readonly root: string | undefined },
): Claim[] {
  return (diagnostics ?? []).flatMap((diagnostic) => {
    const { location, message, code } = diagnostic;
    const path = reportedPath(location.path, root);
    const range = location.range;
    if (path === undefined || range === undefined) return [];
    return [
      {
        tool: diagnostic.source?.name ?? source?.name ?? tool,
        rule: code?.value ?? 'problem',
        level: levelOf(diagnostic.severity ?? severity),
        ...{ path, line: range.start.line, endLine: range.end?.line, column: range.start.column },
        ...{ message, url: code?.url, replacement: replacementOf(diagnostic, range) },
      },
    ];
  });
}

function levelOf(severity: z.output<typeof Severity>): Level {
  if (severity === 'ERROR' || severity === 1) return 'error';
  return severity === 'INFO' || severity === 3 ? 'note' : 'warning';
}

/** Only what replaces whole lines, the same that the diagnostic is about. */
function replacementOf({ suggestions = [] }: Diagnostic, { start, end = start }: z.output<typeof Range>) {
  const whole = suggestions.find(
    ({ range }) =>
      range.start.line === start.line &&
      (range.end ?? range.start).line === end.line &&
      range.start.column === undefined &&
      range.end?.column === undefined,
  );
  return whole === undefined ? undefined : (whole.text ?? '');
}
