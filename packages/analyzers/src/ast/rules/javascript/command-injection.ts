import { argumentsOf, stringValue } from '../../javascript/kinds.ts';
import { isDynamic, isSanitized, type JavaScriptRule, quoted } from '../../rule.ts';
import type { JavaScriptFile } from '../../source-file.ts';
import type { SyntaxNode } from '../../syntax.ts';

const REFERENCES = [
  'https://cwe.mitre.org/data/definitions/78.html',
  'https://nodejs.org/api/child_process.html#child_processexecfilefile-args-options-callback',
];
/** Functions whose first argument is a line for the shell. */
const SHELL =
  /^(child_process(-promise|\.promises)?|shelljs|child-process-promise|promisify-child-process|sync-exec)\.(exec|execSync|default)$|^(execa\.(command|commandSync|shell|shellSync|execaCommand|execaCommandSync)|sync-exec|exec-sync|shell-exec|exec-sh|shelljs\.exec|npm-run\.exec)$/;
const SPAWN = /^(child_process|cross-spawn)(\.(spawn|spawnSync|execFile|execFileSync|fork))?$|^execa(\.execa|\.sync)?$/;
const BARE = /^(exec|execSync)$/;
/** Wrappers around a shell, by what their module is called. */
const WRAPPER = /(^|[/-])(shell|exec|command|cmd|process)[\w-]*\.(exec|execSync|run)$/i;

/** A command line for a shell is put together from values that somebody else decides. */
export const commandInjection: JavaScriptRule = {
  meta: {
    id: 'ast/js-command-injection',
    category: 'security',
    severity: 'critical',
    confidence: 0.75,
    cwe: 'CWE-78',
    title: 'Shell command built from outside values',
    references: REFERENCES,
  },
  kinds: ['call_expression'],
  match(call, file) {
    const callee = call.field('function');
    if (callee === undefined) return undefined;
    const command = commandOf(call, file.flow.nameOf(callee), file);
    if (command === undefined) return undefined;
    const trace = file.flow.trace(command);
    if (!isDynamic(trace) || isSanitized(trace, 'shell-quote', 'integer')) return undefined;
    return {
      node: call,
      values: [command],
      message: `${quoted(command)} goes to a shell, so a value with \`;\`, \`$(…)\` or a quote in it runs as a command. Call \`execFile\` or \`spawn\` with the program and an array of arguments, without \`shell: true\`.`,
    };
  },
};

function commandOf(call: SyntaxNode, name: string, file: JavaScriptFile): SyntaxNode | undefined {
  const [first, second] = argumentsOf(call);
  if (first === undefined) return undefined;
  if (SHELL.test(name) || WRAPPER.test(name)) return first;
  if (BARE.test(name) && /child_process|shelljs/.test(file.content)) return first;
  if (!SPAWN.test(name)) return undefined;
  if (
    argumentsOf(call).some((argument) =>
      /\bshell\s*:\s*(true|['"])/.test(argument.kind === 'object' ? argument.text : ''),
    )
  ) {
    return second?.kind === 'array' ? second : first;
  }
  if (
    second?.kind !== 'array' ||
    !/^(\/bin\/)?(ba|z|da)?sh$|^(cmd|powershell)(\.exe)?$/i.test(stringValue(first) ?? '')
  )
    return undefined;
  return second.parts.find(
    (part, index) =>
      index > 0 && /^(-\w*c|\/c|-command)$/i.test(stringValue(second.parts[index - 1]) ?? '') && part.named,
  );
}
