import { keyword, plainString, positional } from '../../python/kinds.ts';
import { isDynamic, isExposed, isSanitized, type PythonRule, quoted } from '../../rule.ts';
import type { PythonFile } from '../../source-file.ts';
import type { SyntaxNode } from '../../syntax.ts';

const SHELL = /^(os\.(system|popen)|commands\.getoutput|subprocess\.(getoutput|getstatusoutput))$/;
const SUBPROCESS = /^(subprocess\.(run|call|check_call|check_output|Popen)|asyncio\.create_subprocess_shell)$/;
const SQL =
  /^\s*[rfbu]*['"]{1,3}\s*(select\b[\s\S]*\bfrom\b|insert\s+into\b|update\b[\s\S]*\bset\b|delete\s+from\b|drop\s+table\b|create\s+table\b)/i;

/** A shell runs a line put together from values. */
export const pythonCommandInjection: PythonRule = {
  meta: {
    id: 'ast/python-command-injection',
    category: 'security',
    severity: 'critical',
    confidence: 0.75,
    cwe: 'CWE-78',
    title: 'Shell command built from outside values',
    references: ['https://docs.python.org/3/library/subprocess.html#security-considerations'],
  },
  kinds: ['call'],
  match(call, file) {
    const name = nameOf(call, file);
    const shell = SUBPROCESS.test(name) && (keyword(call, 'shell')?.text === 'True' || /_shell$/.test(name));
    const [command] = positional(call);
    if (command === undefined || !(SHELL.test(name) || shell)) return undefined;
    const trace = file.flow.trace(command);
    if (!isDynamic(trace) || isSanitized(trace, 'shell-quote', 'integer')) return undefined;
    return {
      node: call,
      values: [command],
      message: `${quoted(command)} goes to a shell, so a value with \`;\` or \`$(…)\` in it runs as a command. Call \`subprocess.run([program, argument, …])\` without \`shell=True\`.`,
    };
  },
};

/** `eval`, `exec` and `compile` on text that is not constant. */
export const pythonCodeInjection: PythonRule = {
  meta: {
    id: 'ast/python-code-injection',
    category: 'security',
    severity: 'critical',
    confidence: 0.7,
    cwe: 'CWE-94',
    title: 'Text from outside is run as code',
    references: ['https://docs.python.org/3/library/ast.html#ast.literal_eval'],
  },
  kinds: ['call'],
  match(call, file) {
    const [code] = positional(call);
    if (
      code === undefined ||
      !/^(builtins\.)?(eval|exec|compile)$/.test(nameOf(call, file)) ||
      !isDynamic(file.flow.trace(code))
    )
      return undefined;
    return {
      node: call,
      values: [code],
      message: `${quoted(code)} runs with the rights of this process. Use \`ast.literal_eval\` or \`json.loads\` for data, a table of functions for choices.`,
    };
  },
};

/** SQL text with values in it. */
export const pythonSqlInjection: PythonRule = {
  meta: {
    id: 'ast/python-sql-injection',
    category: 'security',
    severity: 'critical',
    confidence: 0.7,
    cwe: 'CWE-89',
    title: 'SQL put together from values',
    references: [
      'https://docs.python.org/3/library/sqlite3.html#how-to-use-placeholders-to-bind-values-in-sql-queries',
    ],
  },
  kinds: ['call'],
  match(call, file) {
    const [sql] = positional(call);
    if (
      sql === undefined ||
      !/\.(execute|executemany|executescript|raw|text)$/.test(nameOf(call, file)) ||
      !isBuiltSql(sql, file, 0)
    )
      return undefined;
    const trace = file.flow.trace(sql);
    if (!isDynamic(trace) || isSanitized(trace, 'integer')) return undefined;
    return {
      node: call,
      values: [sql],
      message: `${quoted(sql)} holds values as text, so they can change the query. Write placeholders (\`?\` or \`%s\`) and pass the values as the second argument.`,
      confidence: isExposed(trace) ? 0.75 : 0.5,
    };
  },
};

/** A path from outside reaches the file system. */
export const pythonPathTraversal: PythonRule = {
  meta: {
    id: 'ast/python-path-traversal',
    category: 'security',
    severity: 'high',
    confidence: 0.6,
    cwe: 'CWE-22',
    title: 'File path from outside is not held inside a folder',
    references: ['https://docs.python.org/3/library/pathlib.html#pathlib.PurePath.is_relative_to'],
  },
  kinds: ['call'],
  match(call, file) {
    const [path] = positional(call);
    if (
      path === undefined ||
      !/^(open|io\.open|os\.(remove|unlink|rmdir|listdir|open)|shutil\.(rmtree|copy\w*|move)|flask\.send_file|send_file|zipfile\.ZipFile\.extractall)$/.test(
        nameOf(call, file),
      )
    )
      return undefined;
    const trace = file.flow.trace(path);
    if (!isExposed(trace) || isSanitized(trace, 'path-basename', 'path-sanitize', 'integer', 'hash')) return undefined;
    const request = trace.origins.has('request');
    return {
      node: call,
      values: [path],
      message: `${quoted(path)} can hold \`../\` and reach files outside the folder meant here. Resolve it and check \`is_relative_to(root)\`, or take \`secure_filename\`.`,
      severity: request ? 'high' : 'medium',
      confidence: request ? 0.75 : 0.3,
    };
  },
};

function isBuiltSql(node: SyntaxNode, file: PythonFile, hops: number): boolean {
  if (node.kind === 'string') return plainString(node) === undefined && SQL.test(node.text);
  if (node.kind === 'binary_operator' || node.kind === 'call' || node.kind === 'concatenated_string')
    return SQL.test(node.text);
  if (node.kind === 'parenthesized_expression') return node.parts.some((part) => isBuiltSql(part, file, hops));
  return node.kind === 'identifier' && hops < 3 && assigned(node).some((value) => isBuiltSql(value, file, hops + 1));
}

function assigned(name: SyntaxNode): SyntaxNode[] {
  const fn = [...name.chain()].find((parent) => /^(function_definition|module)$/.test(parent.kind));
  const assignments =
    fn?.walk().filter((part) => part.kind === 'assignment' && part.field('left')?.text === name.text) ?? [];
  return assignments.flatMap((part) => part.field('right') ?? []);
}

function nameOf(call: SyntaxNode, file: PythonFile): string {
  const callee = call.field('function');
  return callee === undefined ? '' : file.flow.nameOf(callee);
}
