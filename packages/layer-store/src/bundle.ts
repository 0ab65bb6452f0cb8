import { createHash } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';
import type { HashedFile } from './files.ts';
import { MAX_WEIGHTS_BYTES } from './files.ts';
import { CONFIG, corrupt, MANIFEST, MAX_TEXT_BYTES, WEIGHTS } from './manifest.ts';

/*
 * A bundle is a tar (POSIX ustar) of exactly three files in this order, with nothing in their headers that could vary.
 * So any tar shows it, and reading needs no judgement: a header must be, byte for byte, the one that belongs there.
 * Names are compared and never used as paths. GNU tar writes the same bytes when it is told to leave out what varies:
 *   tar -cf FILE -b 1 --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644 \
 *     manifest.json adapter_config.json adapter_model.safetensors
 */
const FILES = [
  { name: MANIFEST, limit: MAX_TEXT_BYTES },
  { name: CONFIG, limit: MAX_TEXT_BYTES },
  { name: WEIGHTS, limit: MAX_WEIGHTS_BYTES },
] as const;
const BLOCK = 512;
/** Two empty blocks end a tar. */
const END = 2 * BLOCK;

/** Largest bundle that is read, in bytes. */
export const MAX_BUNDLE_BYTES = FILES.reduce((sum, { limit }) => sum + limit + 2 * BLOCK, END);

/** What a bundle holds, each file with its hash. */
export interface BundleContents {
  readonly manifest: HashedFile;
  readonly config: HashedFile;
  readonly weights: HashedFile;
}

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  block.write('0000000\0', 329);
  block.write('0000000\0', 337);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** The pieces of a bundle in order, ready to be written one after the other. */
export function bundleParts(files: Readonly<Record<'manifest' | 'config' | 'weights', Uint8Array>>): Uint8Array[] {
  const contents = [files.manifest, files.config, files.weights];
  const parts = FILES.flatMap(({ name }, index) => {
    const bytes = contents[index] ?? new Uint8Array();
    return [header(name, bytes.byteLength), bytes, new Uint8Array(padded(bytes.byteLength) - bytes.byteLength)];
  });
  return [...parts, new Uint8Array(END)];
}

/** The three files of a bundle. Throws LAYER_CORRUPT for damage, INVALID_INPUT for an archive of anything else. */
export function readBundle(bytes: Uint8Array): BundleContents {
  let rest = bytes;
  const [manifest, config, weights] = FILES.map(({ name, limit }) => {
    const file = readEntry(rest, name, limit);
    rest = rest.subarray(BLOCK + padded(file.byteLength));
    return { bytes: file, sha256: createHash('sha256').update(file).digest('hex') };
  });
  if (rest.byteLength < END) throw corrupt('its bundle is cut off');
  if (!isEmpty(rest.subarray(0, END))) throw unexpected(rest);
  if (rest.byteLength > END) throw foreign('something stands behind its end');
  if (manifest === undefined || config === undefined || weights === undefined) throw corrupt('its bundle is cut off');
  return { manifest, config, weights };
}

function readEntry(rest: Uint8Array, name: string, limit: number): Uint8Array {
  if (rest.byteLength < BLOCK) throw corrupt('its bundle is cut off');
  const size = Number.parseInt(fieldText(rest, 124, 12), 8);
  const isExpected = size >= 0 && size <= limit && header(name, size).equals(rest.subarray(0, BLOCK));
  if (!isExpected) throw unexpected(rest, name);
  if (rest.byteLength < BLOCK + padded(size)) throw corrupt('its bundle is cut off');
  if (!isEmpty(rest.subarray(BLOCK + size, BLOCK + padded(size))))
    throw corrupt('its bundle has dirt between its files');
  return rest.subarray(BLOCK, BLOCK + size);
}

const isEmpty = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

function fieldText(block: Uint8Array, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString('latin1');
}

function foreign(why: string): ContinuumError {
  return new ContinuumError('INVALID_INPUT', `This is no bundle of a layer: ${why}.`, {
    next: 'Export the layer again; a bundle packed by hand is not taken.',
  });
}

/** Says what is wrong with a header that is not the one that belongs there. */
function unexpected(block: Uint8Array, wanted?: string): ContinuumError {
  if (fieldText(block, 257, 5) !== 'ustar') return corrupt('its bundle is no tar, or is damaged');
  const name = [fieldText(block, 345, 155), fieldText(block, 0, 100)].filter((part) => part !== '').join('/');
  const shown = JSON.stringify(name);
  const type = fieldText(block, 156, 1);
  if (type === '1' || type === '2') return foreign(`it holds a link, ${shown}`);
  if (type !== '0' && type !== '') return foreign(`${shown} is no plain file`);
  if (/^[/\\]|^[a-z]:/i.test(name)) return foreign(`it holds an absolute path, ${shown}`);
  if (name.split(/[/\\]/).includes('..')) return foreign(`it holds a path that leads out of it, ${shown}`);
  if (name !== wanted) return foreign(`it holds ${shown}${wanted === undefined ? '' : ` where ${wanted} belongs`}`);
  return corrupt(`the header of ${wanted} in its bundle is not as it was written`);
}
