import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';
import { LayerId, type LayerManifest, SignedManifest } from '@continuum/contract/layer';
import { canonicalJson } from './canonical-json.ts';
import type { SigningKey } from './keys.ts';

export const WEIGHTS = 'adapter_model.safetensors';
export const CONFIG = 'adapter_config.json';
export const MANIFEST = 'manifest.json';
/** Largest manifest and configuration, in bytes. */
export const MAX_TEXT_BYTES = 1 << 20;

export function corrupt(what: string, cause?: unknown): ContinuumError {
  return new ContinuumError('LAYER_CORRUPT', `The layer is damaged: ${what}.`, {
    next: 'Restore it from a copy, import its bundle again, or remove it and train it once more.',
    cause,
  });
}

/** `layer-` and 32 hex digits of the SHA-256 over the names and the SHA-256 of its files, sorted by name. */
export function layerId(files: Readonly<Record<string, string>>): LayerId {
  const lines = Object.entries(files).map(([name, sha256]) => `${name} ${sha256}\n`);
  const digest = createHash('sha256').update(lines.toSorted().join('')).digest('hex');
  return LayerId.parse(`layer-${digest.slice(0, 32)}`);
}

/** The bytes of a `manifest.json`: canonical JSON of the manifest, the key, and the signature over the manifest. */
export function signManifest(manifest: LayerManifest, key: SigningKey): string {
  const signature = sign(null, Buffer.from(canonicalJson(manifest)), key.privateKey).toString('base64');
  return canonicalJson({ manifest, publicKey: key.publicKey, signature });
}

/**
 * The manifest that these bytes hold, when they are exactly what `signManifest` writes, a trusted key signed them, and the
 * id is that of the files it names. Throws LAYER_CORRUPT, LAYER_UNTRUSTED.
 */
export function readManifest(bytes: Uint8Array, trusted: readonly string[]): LayerManifest {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const signed = SignedManifest.safeParse(parseJson(text));
  if (!signed.success) throw corrupt('its manifest is not one', signed.error);
  // One value, one text: nothing that is not covered by the signature may stand in it.
  if (canonicalJson(signed.data) !== text) throw corrupt('its manifest holds more than a manifest');
  const { manifest, publicKey, signature } = signed.data;
  assertSigned(manifest, publicKey, signature, trusted);
  const names = Object.keys(manifest.files).toSorted().join();
  if (names !== `${CONFIG},${WEIGHTS}` || layerId(manifest.files) !== manifest.id) {
    throw corrupt('its id is not that of its files');
  }
  return manifest;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw corrupt('its manifest is no JSON', cause);
  }
}

function assertSigned(manifest: LayerManifest, publicKey: string, signature: string, trusted: readonly string[]): void {
  if (!trusted.includes(publicKey)) {
    throw new ContinuumError('LAYER_UNTRUSTED', `The layer is signed with a key that is not trusted: ${publicKey}`, {
      next: 'If you know whose key it is, import it again with that key among the trusted ones.',
    });
  }
  const signatureBytes = Buffer.from(signature, 'base64');
  // Base64 has spare bits at its end: without the way back, some turned bits would go unseen.
  const isExact = signatureBytes.toString('base64') === signature;
  const bytes = Buffer.from(canonicalJson(manifest));
  if (!isExact || !verify(null, bytes, parsePublicKey(publicKey), signatureBytes)) {
    throw new ContinuumError('LAYER_UNTRUSTED', `The signature of ${manifest.id} does not hold.`, {
      next: 'Its manifest was changed after it was signed: restore the layer from a copy.',
    });
  }
}

function parsePublicKey(publicKey: string): KeyObject {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), type: 'spki', format: 'der' });
    if (key.asymmetricKeyType === 'ed25519') return key;
    throw new TypeError(`it is ${key.asymmetricKeyType}`);
  } catch (cause) {
    throw new ContinuumError('LAYER_UNTRUSTED', `${publicKey} is no ed25519 key.`, {
      next: 'Give the public key as the other store shows it: SPKI in base64.',
      cause,
    });
  }
}

/** Checks a file's hash against the manifest. Throws LAYER_CORRUPT. */
export function assertFile(manifest: LayerManifest, name: string, sha256: string): void {
  if (manifest.files[name] !== sha256) throw corrupt(`${name} is not what its manifest says`);
}
