import { keyword, plainString, positional } from '../../python/kinds.ts';
import { isDynamic, type PythonRule, quoted, replaceNode } from '../../rule.ts';

/** Formats that can hold code. */
export const pythonDeserialisation: PythonRule = {
  meta: {
    id: 'ast/python-insecure-deserialisation',
    category: 'security',
    severity: 'high',
    confidence: 0.65,
    cwe: 'CWE-502',
    title: 'Deserialising can run code from the data',
    references: ['https://docs.python.org/3/library/pickle.html'],
  },
  kinds: ['call'],
  match(call, file) {
    const callee = call.field('function');
    const name = callee === undefined ? '' : file.flow.nameOf(callee);
    const [data] = positional(call);
    if (callee === undefined || data === undefined || !isDynamic(file.flow.trace(data))) return undefined;
    if (/^(c?[pP]ickle|dill|marshal|shelve|jsonpickle)\.(loads?|open|decode|Unpickler)$/.test(name)) {
      return {
        node: call,
        values: [data],
        message: `Reading ${quoted(data)} can run anything that its author put in. Use JSON, or sign the data and check the signature first.`,
      };
    }
    const loader = keyword(call, 'Loader')?.text ?? positional(call)[1]?.text ?? '';
    if (!/^yaml\.(load|load_all|unsafe_load|full_load)$/.test(name) || /Safe|Base/.test(loader)) return undefined;
    const plain = name === 'yaml.load' && loader === '';
    return {
      node: call,
      values: [data],
      message: `\`${name}\` builds any Python object that ${quoted(data)} names. Use \`yaml.safe_load\`.`,
      ...(plain ? { suggestion: replaceNode(callee, callee.text.replace(/load$/, 'safe_load'), file.content) } : {}),
    };
  },
};

/** `verify=False` and unverified contexts. */
export const pythonTlsDisabled: PythonRule = {
  meta: {
    id: 'ast/python-tls-verification-off',
    category: 'security',
    severity: 'high',
    confidence: 0.8,
    cwe: 'CWE-295',
    title: 'TLS certificates are not verified',
    references: ['https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification'],
  },
  kinds: ['call'],
  match(call, file) {
    const callee = call.field('function');
    const name = callee === undefined ? '' : file.flow.nameOf(callee);
    const verify = keyword(call, 'verify');
    const off =
      verify?.text === 'False' &&
      /(^|\.)(requests|httpx|session|client|\w*session)\b|\.(get|post|put|patch|delete|request|Client|AsyncClient)$/i.test(
        name,
      );
    if (!off && name !== 'ssl._create_unverified_context') return undefined;
    return {
      node: call,
      values: [],
      message:
        'Anyone between the two ends can read and change the traffic when certificates are not checked. Leave verification on and name the private authority’s bundle.',
      ...(verify !== undefined && off ? { suggestion: replaceNode(verify, 'True', file.content) } : {}),
    };
  },
};

/** Debug mode of Flask opens a console to everyone. */
export const pythonDebug: PythonRule = {
  meta: {
    id: 'ast/python-flask-debug',
    category: 'security',
    severity: 'high',
    confidence: 0.7,
    cwe: 'CWE-489',
    title: 'Debug mode is on',
    references: ['https://flask.palletsprojects.com/en/stable/debugging/'],
  },
  kinds: ['call'],
  match(call, file) {
    const debug = keyword(call, 'debug');
    if (
      debug?.text !== 'True' ||
      !/\.run$/.test(call.field('function')?.text ?? '') ||
      !/\bflask\b/i.test(file.content)
    )
      return undefined;
    return {
      node: call,
      values: [],
      message:
        'Flask’s debugger lets whoever sees an error page run Python here. Leave debug off and turn it on with an environment variable while developing.',
      suggestion: replaceNode(debug, 'False', file.content),
    };
  },
};

/** MD5 and SHA-1. */
export const pythonWeakHash: PythonRule = {
  meta: {
    id: 'ast/python-weak-hash',
    category: 'security',
    severity: 'medium',
    confidence: 0.45,
    cwe: 'CWE-327',
    title: 'Broken hash',
    references: ['https://docs.python.org/3/library/hashlib.html'],
  },
  kinds: ['call'],
  match(call, file) {
    const callee = call.field('function');
    const name = callee === undefined ? '' : file.flow.nameOf(callee);
    const named = name === 'hashlib.new' && /^(md5|sha1)$/i.test(plainString(positional(call)[0]) ?? '');
    if (!(named || /^hashlib\.(md5|sha1)$/.test(name)) || keyword(call, 'usedforsecurity')?.text === 'False')
      return undefined;
    return {
      node: call,
      values: [],
      message:
        'Collisions of MD5 and SHA-1 can be made. Use `hashlib.sha256`, `hashlib.scrypt` for passwords, or say `usedforsecurity=False`.',
    };
  },
};

/** `x == None` asks the object, `is None` asks for identity. */
export const pythonNoneComparison: PythonRule = {
  meta: {
    id: 'ast/python-none-comparison',
    category: 'correctness',
    severity: 'low',
    confidence: 0.6,
    title: 'Comparison with None by ==',
    references: ['https://peps.python.org/pep-0008/#programming-recommendations'],
  },
  kinds: ['comparison_operator'],
  match(node, file) {
    const [left, right] = node.parts;
    const operator = node.children.find((child) => child.text === '==' || child.text === '!=');
    if (left === undefined || right?.kind !== 'none' || operator === undefined || node.parts.length !== 2)
      return undefined;
    const by = operator.text === '==' ? 'is' : 'is not';
    return {
      node,
      values: [left],
      message: `A class can answer \`==\` as it likes. Write \`${by} None\`.`,
      suggestion: replaceNode(node, `${left.text} ${by} None`, file.content),
    };
  },
};

/** A default list or dictionary is shared by all calls. */
export const pythonMutableDefault: PythonRule = {
  meta: {
    id: 'ast/python-mutable-default',
    category: 'correctness',
    severity: 'medium',
    confidence: 0.65,
    title: 'Default value is shared between calls',
    references: ['https://docs.python.org/3/faq/programming.html#why-are-default-values-shared-between-objects'],
  },
  kinds: ['default_parameter', 'typed_default_parameter'],
  match(node) {
    const value = node.field('value');
    if (value === undefined || !/^(list|dictionary|set)$/.test(value.kind)) return undefined;
    return {
      node,
      values: [value],
      message: `${quoted(value)} is made once and kept between calls. Take \`None\` as the default and make the value inside.`,
    };
  },
};
