import { gitOutput } from './run.ts';

/** Sizes in bytes by object id; an object that this clone does not have is absent. */
export async function blobSizes(folder: string, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const answer = await gitOutput(folder, ['cat-file', '--batch-check'], batch(ids));
  const sizes = new Map<string, number>();
  for (const line of answer.toString('latin1').split('\n')) {
    const [id = '', type, size] = line.split(' ');
    if (type === 'blob') sizes.set(id, Number(size));
  }
  return sizes;
}

/** Contents by object id, read in one git process, no filter or text conversion applied. */
export async function readBlobs(folder: string, ids: readonly string[]): Promise<Map<string, Buffer>> {
  if (ids.length === 0) return new Map();
  const answer = await gitOutput(folder, ['cat-file', '--batch'], batch(ids));
  const blobs = new Map<string, Buffer>();
  for (let at = 0; at < answer.length; ) {
    const end = answer.indexOf(10, at);
    const [id = '', type, size] = answer.toString('latin1', at, end).split(' ');
    if (type !== 'blob') {
      at = end + 1;
      continue;
    }
    const start = end + 1;
    blobs.set(id, answer.subarray(start, start + Number(size)));
    at = start + Number(size) + 1;
  }
  return blobs;
}

function batch(ids: readonly string[]): string {
  return [...new Set(ids)].map((id) => `${id}\n`).join('');
}
