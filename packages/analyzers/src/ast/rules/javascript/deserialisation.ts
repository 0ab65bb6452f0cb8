import { argumentsOf } from '../../javascript/kinds.ts';
import { isDynamic, isExposed, isSanitized, type JavaScriptRule, quoted } from '../../rule.ts';

const DESERIALISERS =
  /^(node-serialize|serialize-to-js|funcster|cryo|serialize-javascript)\.(unserialize|deserialize|deepDeserialize|parse)$|^v8\.deserialize$/;

/** Data can bring code with it. */
export const insecureDeserialisation: JavaScriptRule = {
  meta: {
    id: 'ast/js-insecure-deserialisation',
    category: 'security',
    severity: 'high',
    confidence: 0.7,
    cwe: 'CWE-502',
    title: 'Deserialising can run code from the data',
    references: ['https://cwe.mitre.org/data/definitions/502.html'],
  },
  kinds: ['call_expression'],
  match(call, file) {
    const callee = call.field('function');
    const name = callee === undefined ? '' : file.flow.nameOf(callee);
    const [data, options] = argumentsOf(call);
    const yaml = name === 'js-yaml.load' && /DEFAULT_FULL_SCHEMA/.test(options?.text ?? '');
    if (data === undefined || !(DESERIALISERS.test(name) || yaml) || !isDynamic(file.flow.trace(data)))
      return undefined;
    return {
      node: call,
      values: [data],
      message: `${quoted(data)} may hold functions or types that run when it is read. Use \`JSON.parse\` (or a safe YAML schema) and check the shape.`,
    };
  },
};

/** A module is loaded by a name from outside. */
export const dynamicRequire: JavaScriptRule = {
  meta: {
    id: 'ast/js-dynamic-require',
    category: 'security',
    severity: 'medium',
    confidence: 0.35,
    cwe: 'CWE-829',
    title: 'Module loaded by a name from outside',
    references: ['https://cwe.mitre.org/data/definitions/829.html'],
  },
  kinds: ['call_expression'],
  match(call, file) {
    const callee = call.field('function');
    const [name] = argumentsOf(call);
    if (name === undefined || (callee?.text !== 'require' && callee?.kind !== 'import')) return undefined;
    const trace = file.flow.trace(name);
    if (!isExposed(trace) || trace.origins.has('own-directory')) return undefined;
    return {
      node: call,
      values: [name],
      message: `${quoted(name)} decides which code is loaded and run. Look the module up in a table of allowed ones.`,
      confidence: trace.origins.has('request') ? 0.7 : 0.3,
    };
  },
};

/** A pattern is put together from values that may hold special characters. */
export const regexInjection: JavaScriptRule = {
  meta: {
    id: 'ast/js-regex-injection',
    category: 'security',
    severity: 'medium',
    confidence: 0.35,
    cwe: 'CWE-1333',
    title: 'Pattern built from outside values',
    references: ['https://cwe.mitre.org/data/definitions/1333.html'],
  },
  kinds: ['new_expression', 'call_expression'],
  match(call, file) {
    const callee = call.field('constructor') ?? call.field('function');
    const [source] = argumentsOf(call);
    if (callee?.text !== 'RegExp' || source === undefined) return undefined;
    const trace = file.flow.trace(source);
    if (!isExposed(trace) || isSanitized(trace, 'regex-escape', 'integer', 'allow-list-characters')) return undefined;
    return {
      node: call,
      values: [source],
      message: `${quoted(source)} is read as a pattern, so special characters in it change what matches and can make matching very slow. Escape it with \`RegExp.escape\` or escape-string-regexp.`,
      confidence: trace.origins.has('request') ? 0.6 : 0.2,
    };
  },
};
