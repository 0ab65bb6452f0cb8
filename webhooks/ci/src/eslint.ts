import { z } from 'zod';
import type { Claim } from './claim.ts';
import { reportedPath } from './paths.ts';

/** `eslint --format json`, narrowed to the fields that the system reads. */
export const EslintReport = z.array(
  z.object({
    filePath: z.string(),
    messages: z.array(
      z.object({
        ruleId: z.string().nullable(),
        severity: z.union([z.literal(0), z.literal(1), z.literal(2)]),
        fatal: z.boolean().optional(),
        message: z.string(),
        line: z.number().optional(),
        endLine: z.number().optional(),
        column: z.number().optional(),
      }),
    ),
  }),
);

/** What ESLint says; a file that it could not read has no line, and says nothing of the code. */
export function eslintClaims(report: z.output<typeof EslintReport>, root: string | undefined): Claim[] {
  return report.flatMap(({ filePath, messages }) => {
    const path = reportedPath(filePath, root);
    if (path === undefined) return [];
    return messages.flatMap(({ ruleId, severity, fatal, message, line, endLine, column }) =>
      line === undefined || severity === 0
        ? []
        : [
            {
              ...{ tool: 'eslint', rule: ruleId ?? (fatal === true ? 'fatal' : 'problem'), path, message },
              ...{ level: severity === 2 ? ('error' as const) : ('warning' as const), line, endLine, column },
            },
          ],
    );
  });
}
