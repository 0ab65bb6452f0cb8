import { argumentsOf, unwrap } from '../../javascript/kinds.ts';
import { isDynamic, isExposed, isSanitized, type JavaScriptRule, quoted } from '../../rule.ts';
import type { JavaScriptFile } from '../../source-file.ts';
import type { SyntaxNode } from '../../syntax.ts';

const QUERY =
  /\.(query|execute|raw|rawQuery|run|all|get|each|exec|prepare|queryRaw|\$queryRawUnsafe|\$executeRawUnsafe|whereRaw|orderByRaw|havingRaw|unsafe)$/;
const SQL =
  /^\s*[`'"]?\s*(select\b[\s\S]*\bfrom\b|insert\s+into\b|update\b[\s\S]*\bset\b|delete\s+from\b|drop\s+(table|database)\b|create\s+table\b|alter\s+table\b|replace\s+into\b|truncate\b|merge\s+into\b|with\s+\w+\s+as\b|call\s+\w+|exec\s+\w+)/i;
const MAX_HOPS = 3;

/** SQL text is put together from values in place of placeholders. */
export const sqlInjection: JavaScriptRule = {
  meta: {
    id: 'ast/js-sql-injection',
    category: 'security',
    severity: 'critical',
    confidence: 0.7,
    cwe: 'CWE-89',
    title: 'SQL put together from values',
    references: ['https://cwe.mitre.org/data/definitions/89.html'],
  },
  kinds: ['call_expression'],
  match(call, file) {
    const callee = call.field('function');
    if (callee === undefined || !QUERY.test(file.flow.nameOf(callee))) return undefined;
    const [first] = argumentsOf(call);
    const built = first === undefined ? undefined : builtSql(first, file, 0);
    if (first === undefined || built === undefined) return undefined;
    const open = insertedInto(built).filter(
      (part) => isDynamic(file.flow.trace(part)) && !isSanitized(file.flow.trace(part), 'sql-escape', 'integer'),
    );
    const [culprit] = open;
    if (culprit === undefined) return undefined;
    return {
      node: call,
      values: open,
      message: `${quoted(culprit)} becomes part of the SQL text, so its value can change the query. Write a placeholder (\`?\` or \`$1\`) and pass the value as a parameter.`,
      confidence: open.some((part) => isExposed(file.flow.trace(part))) ? 0.75 : 0.5,
    };
  },
};

/** The concatenation or template that spells SQL, through variables. */
function builtSql(value: SyntaxNode, file: JavaScriptFile, hops: number): SyntaxNode | undefined {
  const node = unwrap(value);
  if (node.kind === 'template_string' || node.kind === 'binary_expression')
    return SQL.test(node.text) ? node : undefined;
  if (node.kind === 'object') {
    const sql = node.parts
      .find((part) => /^['"]?(sql|text|query)['"]?$/.test(part.field('key')?.text ?? ''))
      ?.field('value');
    return sql === undefined ? undefined : builtSql(sql, file, hops + 1);
  }
  const binding = node.kind === 'identifier' && hops < MAX_HOPS ? file.flow.scopes.resolve(node) : undefined;
  return binding?.values.map((each) => builtSql(each, file, hops + 1)).find((each) => each !== undefined);
}

function insertedInto(sql: SyntaxNode): SyntaxNode[] {
  if (sql.kind === 'template_string')
    return sql.parts.filter((part) => part.kind === 'template_substitution').flatMap((part) => part.parts);
  if (sql.kind !== 'binary_expression') return [sql];
  return sql.parts.flatMap((part) =>
    part.kind === 'binary_expression' || part.kind === 'template_string' ? insertedInto(part) : [part],
  );
}
