import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import type { LayerId } from '@continuum/contract/layer';
import type { LayerStore } from '@continuum/contract/ports/layer-store';
import type { LayerHost, Policy } from '@continuum/contract/ports/policy';
import type { Trainer } from '@continuum/contract/ports/trainer';
import type { Logger } from 'pino';
import { deferPolicy } from './deferred-policy.ts';
import type { LayerHostSettings, Settings } from './settings.ts';

/** What layers need: where they lie, and who judges with them. */
export interface LayerParts {
  readonly baseFolder: string;
  readonly layerStore: LayerStore;
  readonly policy: Policy;
}

/** Opens the layer store and prepares the policy; the model itself is loaded when it is first asked. */
export async function openLayers(settings: Settings, log: Logger): Promise<LayerParts> {
  const { baseFolder, budgetBytes } = settings.layers;
  const genome = settings.genome.folder;
  const { openLayerStore } = await import('@continuum/layer-store/layer-store');
  const layerStore = await openLayerStore({
    folder: join(genome, 'layers'),
    keyFolder: settings.genome.keys,
    baseFolder,
    log,
  });
  const baseModel = await hashOfBase(baseFolder);
  const policy = deferPolicy(baseModel, async () => {
    const { createPager } = await import('@continuum/hosts/pager');
    const host = await openHost(settings.layers, join(genome, 'cache'), settings.home, log);
    return createPager({ host, layers: layerStore, budgetBytes, log });
  });
  return { baseFolder, layerStore, policy };
}

async function hashOfBase(baseFolder: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(join(baseFolder, 'model.safetensors')))
      .digest('hex');
  } catch (cause) {
    throw new ContinuumError('CONFIG_INVALID', `there is no base model in ${baseFolder}`, {
      next: 'Set BASE_MODEL_FOLDER to a folder with config.json, model.safetensors and tokenizer.json.',
      cause,
    });
  }
}

async function openHost(
  { host, url, model, baseFolder }: LayerHostSettings,
  cacheFolder: string,
  home: string,
  log: Logger,
): Promise<LayerHost> {
  switch (host) {
    case 'embedded': {
      const { createEmbeddedHost } = await import('@continuum/hosts/embedded');
      return createEmbeddedHost({ baseFolder, log });
    }
    case 'llama': {
      const { createLlamaHost } = await import('@continuum/hosts/llama');
      return createLlamaHost({ baseFolder, cacheFolder, llamaFolder: join(home, 'llama') });
    }
    case 'llama-server': {
      const { createLlamaServerHost } = await import('@continuum/hosts/llama-server');
      return createLlamaServerHost({ baseFolder, cacheFolder });
    }
    case 'vllm': {
      const { createVllmHost } = await import('@continuum/hosts/vllm');
      return createVllmHost({ baseFolder, cacheFolder, ...server(host, url, model) });
    }
    case 'lorax': {
      const { createLoraxHost } = await import('@continuum/hosts/lorax');
      return createLoraxHost({ baseFolder, cacheFolder, ...server(host, url, model) });
    }
    case 'ollama': {
      const { createOllamaHost } = await import('@continuum/hosts/ollama');
      return createOllamaHost({ baseFolder, cacheFolder, ...server(host, url, model) });
    }
  }
}

function server(
  host: string,
  url: string | undefined,
  model: string | undefined,
): { readonly baseUrl: string; readonly model: string } {
  if (url !== undefined && model !== undefined) return { baseUrl: url, model };
  throw new ContinuumError('CONFIG_INVALID', `LAYER_HOST=${host} needs to know its server`, {
    next: 'Set LAYER_HOST_URL to its address and LAYER_HOST_MODEL to its name of the base model.',
  });
}

/** Who makes layers, by the settings. Throws CONFIG_INVALID for a remote trainer without an address. */
export async function openTrainer(
  { trainer, openai }: Settings,
  baseModel: string,
  layerStore: LayerStore,
): Promise<Trainer> {
  // A layer is trained on top of those of the scopes above, verified as they are read.
  const layerFolder = async (id: LayerId): Promise<string> => (await layerStore.open(id)).folder;
  switch (trainer.kind) {
    case 'embedded': {
      const { createEmbeddedTrainer } = await import('@continuum/trainers/embedded');
      return createEmbeddedTrainer({ layerFolder });
    }
    case 'python': {
      const { createPythonTrainer } = await import('@continuum/trainers/python');
      return createPythonTrainer({ command: trainer.command, layerFolder });
    }
    case 'remote': {
      if (openai === undefined) {
        throw new ContinuumError('CONFIG_INVALID', 'TRAINER=remote needs a fine-tuning API', {
          next: 'Set OPENAI_API_KEY, and OPENAI_BASE_URL and OPENAI_MODEL where they are not the defaults.',
        });
      }
      const { createRemoteTrainer } = await import('@continuum/trainers/remote');
      const { apiKey, baseUrl, model } = openai;
      return createRemoteTrainer({ apiKey, model, baseModel, ...(baseUrl === undefined ? {} : { baseUrl }) });
    }
  }
}
