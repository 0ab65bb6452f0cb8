import type { LayerId, LayerManifest } from '../layer.ts';
import type { LoadableLayer } from './policy.ts';

/** What the store works out by itself when a layer is put. */
export type NewLayer = Omit<LayerManifest, 'format' | 'id' | 'bytes' | 'files' | 'rank' | 'alpha' | 'targets'>;

/**
 * Layers by the hash of their content, signed, verified whenever they are read. Throws LAYER_CORRUPT for damage,
 * LAYER_INCOMPATIBLE for another base, LAYER_UNTRUSTED for a signature that does not hold, NOT_FOUND.
 */
export interface LayerStore {
  /** Takes a PEFT folder in. The same weights give the same id, however often they are put. */
  put(peftFolder: string, about: NewLayer): Promise<LayerManifest>;
  /** Layers whose manifests hold, by id; damaged ones are named in the log and left out. */
  list(): Promise<LayerManifest[]>;
  get(id: LayerId): Promise<LayerManifest>;
  /** The verified folder, to be handed to a host: every byte was hashed against the manifest just now. */
  open(id: LayerId): Promise<LoadableLayer>;
  /** Forgets a layer. No error when it is gone. */
  remove(id: LayerId): Promise<void>;
  /** One file with the whole layer in it, to carry elsewhere. */
  exportBundle(id: LayerId, file: string): Promise<void>;
  /** Takes a bundle in. Throws LAYER_UNTRUSTED, LAYER_CORRUPT, LAYER_INCOMPATIBLE, INVALID_INPUT; nothing stays then. */
  importBundle(
    file: string,
    options: { readonly baseModel: string; readonly trust?: readonly string[] },
  ): Promise<LayerManifest>;
}
