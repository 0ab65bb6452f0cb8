import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};

interface StaticFile {
  readonly plain: Buffer<ArrayBuffer>;
  readonly gzipped: Buffer<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
  /** Built files carry their hash in the name and never change. */
  readonly immutable: boolean;
}

/** The files of a built dashboard, read once: paths of requests never touch the file system. */
export type StaticFiles = ReadonlyMap<string, StaticFile>;

/** Reads and compresses every file below the folder; empty when there is no folder. */
export async function readStaticFiles(folder: string | undefined): Promise<StaticFiles> {
  if (folder === undefined) return new Map();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(paths.map((path) => readStaticFile(folder, path))));
}

async function readStaticFile(folder: string, path: string): Promise<[string, StaticFile]> {
  const url = `/${relative(folder, path).split(sep).join('/')}`;
  const plain = await readFile(path);
  return [
    url,
    {
      plain,
      gzipped: await compress(plain),
      type: TYPES[extname(path)] ?? 'application/octet-stream',
      etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
      immutable: url.startsWith('/assets/'),
    },
  ];
}

/** The answer for a path of the dashboard; undefined when there is no such file. */
export function staticAnswer(files: StaticFiles, path: string, headers: Headers): Response | undefined {
  const file = files.get(path === '/' ? '/index.html' : path);
  if (file === undefined) return undefined;
  const common = {
    etag: file.etag,
    vary: 'accept-encoding',
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (headers.get('if-none-match') === file.etag) return new Response(null, { status: 304, headers: common });
  const zipped = /\bgzip\b/.test(headers.get('accept-encoding') ?? '');
  return new Response(zipped ? file.gzipped : file.plain, {
    headers: { ...common, 'content-type': file.type, ...(zipped ? { 'content-encoding': 'gzip' } : {}) },
  });
}

/** What `/` answers while the dashboard is not built. */
export function notBuilt(): Response {
  const text = 'Continuum runs. The web room is not built: npm run build -w @continuum/dashboard, then start again.\n';
  return new Response(text, { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
