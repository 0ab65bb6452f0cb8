import { createRequire, syncBuiltinESMExports } from 'node:module';

const WRITES =
  /^(?:l?ch(?:mod|own)|fch(?:mod|own)|write|append|mkdir|mkdtemp|rm|rmdir|unlink|rename|truncate|ftruncate|copyFile|cp|link|symlink|l?utimes|futimes|open(?!dir|AsBlob)|createWriteStream)/;
const CLOSED: Readonly<Record<string, RegExp>> = {
  fs: WRITES,
  'fs/promises': WRITES,
  child_process: /^(?:exec|spawn|fork)/,
  net: /^(?:connect|createConnection|createServer)$/,
  tls: /^(?:connect|createServer)$/,
  http: /^(?:request|get|createServer)$/,
  https: /^(?:request|get|createServer)$/,
  http2: /^(?:connect|createServer|createSecureServer)$/,
  dgram: /^createSocket$/,
  dns: /^(?:lookup|resolve)/,
  cluster: /^fork$/,
};

/**
 * Takes from this thread what no analyzer needs: writing files, starting programs, the network. The analyzers run no
 * code of a change; this is the second wall, should one of them ever be talked into it.
 */
export function forbidEffects(): void {
  const load = createRequire(import.meta.url);
  for (const [name, closed] of Object.entries(CLOSED)) closeFunctions(name, load(`node:${name}`), closed);
  closeFunctions('fs', load('node:fs').promises, WRITES);
  closeFunctions('net', load('node:net').Socket.prototype, /^connect$/);
  syncBuiltinESMExports();
  for (const name of ['fetch', 'WebSocket', 'EventSource']) Reflect.set(globalThis, name, refusal(name));
}

function closeFunctions(module: string, holder: object, closed: RegExp): void {
  for (const name of Object.keys(holder)) {
    if (closed.test(name) && typeof Reflect.get(holder, name) === 'function') {
      Reflect.set(holder, name, refusal(`${module}.${name}`));
    }
  }
}

function refusal(name: string): () => never {
  return () => {
    throw new Error(`${name} is closed to analyzers`);
  };
}
