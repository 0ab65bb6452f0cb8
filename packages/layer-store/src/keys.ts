import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { isMissing, syncFolder } from './files.ts';
import type { LayerLog } from './log.ts';

/** The key pair that layers are signed with; `publicKey` is SPKI in base64, to be handed to those who import bundles. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: string;
}

const FILE_NAME = 'layer-signing-key.pem';

/** The folder's ed25519 key, made when there is none, readable by its owner only. Throws CONFIG_INVALID for a damaged one. */
export async function openSigningKey(folder: string, log: LayerLog): Promise<SigningKey> {
  const file = join(folder, FILE_NAME);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pem = await readFile(file, 'utf8').catch(async (error: unknown) => {
    if (!isMissing(error)) throw error;
    await createKey(folder, file);
    return readFile(file, 'utf8');
  });
  const { mode } = await stat(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    log.warn({ file, mode: (mode & 0o777).toString(8) }, 'the key that signs layers can be read by others: chmod 600');
  }
  return parseKey(pem, file);
}

function parseKey(pem: string, file: string): SigningKey {
  try {
    const privateKey = createPrivateKey(pem);
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new TypeError(`it is ${privateKey.asymmetricKeyType}`);
    return { privateKey, publicKey: spki(createPublicKey(privateKey)) };
  } catch (cause) {
    throw new ContinuumError('CONFIG_INVALID', `${file} is no ed25519 key.`, {
      next: 'Restore it from a copy. If it is lost, remove it: layers signed with it must then be trained or imported again.',
      cause,
    });
  }
}

const spki = (key: KeyObject): string => key.export({ type: 'spki', format: 'der' }).toString('base64');

/** Two processes that start together both try; a link, unlike a rename, leaves the first one's key in place. */
async function createKey(folder: string, file: string): Promise<void> {
  const temporary = `${file}.${randomUUID()}`;
  const { privateKey } = generateKeyPairSync('ed25519');
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await handle.sync();
    await handle.close();
    await link(temporary, file).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
  } finally {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
  }
  await syncFolder(folder);
}
