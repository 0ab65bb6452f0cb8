import { argumentsOf } from '../../javascript/kinds.ts';
import { isExposed, isSanitized, type JavaScriptRule, quoted } from '../../rule.ts';
import type { SyntaxNode } from '../../syntax.ts';

const FILE_CALLS =
  /^fs(\.promises|\/promises)?\.(readFile|createReadStream|open|readdir|writeFile|appendFile|createWriteStream|unlink|rm|rmdir|rename|copyFile|cp|symlink|truncate|outputFile|remove|readJson|copy|move|ensureDir)(Sync)?$/;
const SENDS = /^(res|resp|response|reply|ctx|this)\.(sendFile|sendfile|download|sendFileSync)$|^(koa-send|send)$/;
const WRITES = /write|append|unlink|rm|remove|rename|copy|move|output|symlink|truncate|cp/i;

/** A path from outside reaches the file system without being held inside a folder. */
export const pathTraversal: JavaScriptRule = {
  meta: {
    id: 'ast/js-path-traversal',
    category: 'security',
    severity: 'high',
    confidence: 0.6,
    cwe: 'CWE-22',
    title: 'File path from outside is not held inside a folder',
    references: [
      'https://cwe.mitre.org/data/definitions/22.html',
      'https://nodejs.org/api/path.html#pathrelativefrom-to',
    ],
  },
  kinds: ['call_expression'],
  match(call, file) {
    const callee = call.field('function');
    const name = callee === undefined ? '' : file.flow.nameOf(callee);
    if (!FILE_CALLS.test(name) && !SENDS.test(name)) return undefined;
    const path = pathOf(call, name);
    if (path === undefined) return undefined;
    const trace = file.flow.trace(path);
    if (!isExposed(trace) || isSanitized(trace, 'path-basename', 'path-sanitize', 'integer', 'hash')) return undefined;
    const request = trace.origins.has('request');
    const rooted = /\broot\s*:/.test(argumentsOf(call)[1]?.text ?? '');
    return {
      node: call,
      values: [path],
      message: `${quoted(path)} can hold \`../\` and ${WRITES.test(name) ? 'change' : 'reach'} files outside the folder meant here. Resolve it against that folder and refuse it when \`path.relative(root, resolved)\` starts with \`..\` or is absolute.`,
      severity: request ? 'high' : 'medium',
      confidence: rooted ? 0.15 : request ? 0.75 : 0.25,
    };
  },
};

function pathOf(call: SyntaxNode, name: string): SyntaxNode | undefined {
  const given = argumentsOf(call);
  if (name === 'koa-send' || name === 'send') return given[1];
  return given[0];
}
