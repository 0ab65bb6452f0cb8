import { argumentsOf, stringValue } from '../../javascript/kinds.ts';
import { type JavaScriptRule, replaceNode } from '../../rule.ts';
import type { SyntaxNode } from '../../syntax.ts';

const SECRET_NAMES = /token|secret|passw|nonce|salt|session|csrf|otp|api_?key|auth|verification|credential/i;

/** MD5, SHA-1 and ciphers that are broken. */
export const weakCrypto: JavaScriptRule = {
  meta: {
    id: 'ast/js-weak-crypto',
    category: 'security',
    severity: 'medium',
    confidence: 0.5,
    cwe: 'CWE-327',
    title: 'Broken hash or cipher',
    references: ['https://cwe.mitre.org/data/definitions/327.html'],
  },
  kinds: ['call_expression'],
  match(call, file) {
    const callee = call.field('function');
    const name = callee === undefined ? '' : file.flow.nameOf(callee);
    const [first] = argumentsOf(call);
    const algorithm = stringValue(first);
    if (
      first === undefined ||
      algorithm === undefined ||
      !/^crypto\.create(Hash|Hmac|Cipher(iv)?|Decipher(iv)?)$/.test(name)
    )
      return undefined;
    if (!/^(md[245]|sha-?1|rc4|des(-.*)?|.*-ecb|rc2.*|bf.*|blowfish)$/i.test(algorithm)) return undefined;
    const hash = /Hash$/.test(name);
    return {
      node: call,
      values: [],
      message: `\`${algorithm}\` no longer protects anything: collisions or keys can be found. Use \`sha256\` for digests, scrypt or argon2 for passwords, \`aes-256-gcm\` for encryption.`,
      confidence: /passw|sign|token|secret/i.test(around(call)) ? 0.7 : 0.4,
      ...(hash ? { suggestion: replaceNode(first, "'sha256'", file.content) } : {}),
    };
  },
};

/** `Math.random()` makes something that must not be guessed. */
export const insecureRandom: JavaScriptRule = {
  meta: {
    id: 'ast/js-insecure-random',
    category: 'security',
    severity: 'medium',
    confidence: 0.65,
    cwe: 'CWE-338',
    title: 'Secret made with Math.random()',
    references: ['https://nodejs.org/api/crypto.html#cryptorandombytessize-callback'],
  },
  kinds: ['call_expression'],
  match(call, file) {
    if (
      call.field('function')?.text !== 'Math.random' ||
      !SECRET_NAMES.test(targetName(call) + file.flow.functionName(call))
    )
      return undefined;
    return {
      node: call,
      values: [],
      message:
        'The next values of `Math.random()` can be computed from earlier ones. Use `crypto.randomUUID()` or `crypto.randomBytes()` for anything that must not be guessed.',
    };
  },
};

/** Certificates are not checked. */
export const tlsDisabled: JavaScriptRule = {
  meta: {
    id: 'ast/js-tls-verification-off',
    category: 'security',
    severity: 'high',
    confidence: 0.8,
    cwe: 'CWE-295',
    title: 'TLS certificates are not verified',
    references: ['https://cwe.mitre.org/data/definitions/295.html'],
  },
  kinds: ['pair', 'assignment_expression'],
  match(node, file) {
    const target = node.kind === 'pair' ? node.field('key') : node.field('left');
    const value = node.kind === 'pair' ? node.field('value') : node.field('right');
    if (target === undefined || value === undefined) return undefined;
    const off = /(^|\.)['"]?(rejectUnauthorized|strictSSL)['"]?$/.test(target.text) && value.text === 'false';
    const environment = /NODE_TLS_REJECT_UNAUTHORIZED/.test(target.text) && /^['"]?0['"]?$/.test(value.text);
    if (!off && !environment) return undefined;
    return {
      node,
      values: [],
      message:
        'Anyone between the two ends can read and change the traffic when certificates are not checked. Leave verification on and add the private authority with `ca`.',
      ...(off ? { suggestion: replaceNode(value, 'true', file.content) } : {}),
    };
  },
};

function targetName(node: SyntaxNode): string {
  for (const parent of node.chain()) {
    if (parent.kind === 'variable_declarator') return parent.field('name')?.text ?? '';
    if (parent.kind === 'assignment_expression') return parent.field('left')?.text ?? '';
    if (parent.kind === 'pair') return parent.field('key')?.text ?? '';
    if (/_statement$|^arrow_function$/.test(parent.kind)) return '';
  }
  return '';
}

function around(node: SyntaxNode): string {
  let outer = node;
  for (const parent of node.chain()) {
    if (/_statement$|_declaration$/.test(parent.kind)) break;
    outer = parent;
  }
  return outer.text.slice(0, 300);
}
