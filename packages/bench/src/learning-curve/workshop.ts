import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScopeId } from '@continuum/contract/ids';
import type { LayerId } from '@continuum/contract/layer';
import type { Memory } from '@continuum/contract/learning';
import type { LayerStore } from '@continuum/contract/ports/layer-store';
import type { Policy } from '@continuum/contract/ports/policy';
import type { Trainer } from '@continuum/contract/ports/trainer';
import { TrainingJob } from '@continuum/contract/training-job';
import { examine } from '@continuum/daemon-training/layers/exam';
import { goldenQuestions, heldOutShare, LEAST_MEMORIES } from '@continuum/daemon-training/layers/material';
import { readSettings } from '@continuum/host/settings';
import { createEmbeddedHost } from '@continuum/hosts/embedded';
import { createPager } from '@continuum/hosts/pager';
import { openLayerStore } from '@continuum/layer-store/layer-store';
import { POST, SKIP } from '@continuum/memory/dossier/prompt';
import { realmOf } from '@continuum/memory/features';
import { type Lesson, lessonsOf, trainingItemsOf } from '@continuum/memory/lessons';
import { prior } from '@continuum/review/prior';
import { createEmbeddedTrainer } from '@continuum/trainers/embedded';

const BUDGET_BYTES = 64 * 1024 ** 2;
const SCOPE = ScopeId.parse('/');

/** Makes layers of corrections and asks the policy model, with the parts that the system uses and without the system. */
export interface Workshop {
  /** The layer that the corrections make, if it passes its gate. */
  train(memories: readonly Memory[], seed: number): Promise<LayerId | undefined>;
  /** Log-probabilities to post and to skip. */
  ask(prompts: readonly string[], layers: readonly LayerId[]): Promise<(readonly number[])[]>;
  close(): Promise<void>;
}

/** Opens a workshop in a folder of its own, with the shipped base model. */
export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'continuum-workshop-'));
  const { baseFolder } = readSettings({}).layers;
  const layers = await openLayerStore({ folder: join(folder, 'layers'), keyFolder: join(folder, 'keys'), baseFolder });
  const policy = createPager({ host: await createEmbeddedHost({ baseFolder }), layers, budgetBytes: BUDGET_BYTES });
  return new BenchWorkshop({ folder, baseFolder, layers, policy, trainer: createEmbeddedTrainer() });
}

interface Parts {
  readonly folder: string;
  readonly baseFolder: string;
  readonly layers: LayerStore;
  readonly policy: Policy;
  readonly trainer: Trainer;
}

class BenchWorkshop implements Workshop {
  readonly #parts: Parts;
  #jobs = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async ask(prompts: readonly string[], layers: readonly LayerId[]): Promise<(readonly number[])[]> {
    const requests = prompts.map((prompt) => ({ prompt, completions: [POST, SKIP] }));
    const scored = await this.#parts.policy.score(requests, layers);
    return scored.map(({ logProbabilities }) => logProbabilities);
  }

  async train(memories: readonly Memory[], seed: number): Promise<LayerId | undefined> {
    // Of secrets and licences the memory alone decides.
    const taught = memories.filter(({ finding }) => realmOf(finding) === '');
    if (taught.length < LEAST_MEMORIES) return undefined;
    const priorOf = (finding: Memory['finding']): number => prior(finding).score;
    const options = { seed, heldOutShare: heldOutShare(taught.length), priorOf };
    const { train, heldOut } = lessonsOf(taught, options);
    const { layers, trainer, policy } = this.#parts;
    const trained = await trainer.train(await this.#job(train, seed));
    const { id } = await layers.put(trained.folder, {
      ...{ scope: SCOPE, baseModel: policy.baseModel, parents: [], dataHash: '0'.repeat(64), examples: train.length },
      ...{ trainer: trainer.id, seed, metrics: trained.metrics, at: '2026-01-01T00:00:00.000Z' },
    });
    const exam = {
      heldOut: heldOut.map((lesson) => ({ ...lesson, isAsked: true })),
      golden: goldenQuestions(memories),
    };
    const { passed } = await examine(policy, exam, { candidate: [id], incumbent: [] });
    return passed ? id : undefined;
  }

  async #job(lessons: readonly Lesson[], seed: number): Promise<TrainingJob> {
    this.#jobs += 1;
    const folder = join(this.#parts.folder, `job-${this.#jobs}`);
    await mkdir(folder, { recursive: true });
    const data = lessons.flatMap(trainingItemsOf).map((item) => `${JSON.stringify(item)}\n`);
    const dataFile = join(folder, 'data.jsonl');
    await writeFile(dataFile, data.join(''));
    return TrainingJob.parse({
      ...{ format: 1, id: `job_${this.#jobs}`, scope: SCOPE, dataFile, outputFolder: join(folder, 'out') },
      ...{ baseFolder: this.#parts.baseFolder, baseModel: this.#parts.policy.baseModel, parents: [] },
      dataHash: createHash('sha256').update(data.join('')).digest('hex'),
      options: { seed, cpuShare: 1 },
    });
  }

  async close(): Promise<void> {
    await this.#parts.policy.close();
    await this.#parts.trainer.close();
    await rm(this.#parts.folder, { recursive: true, force: true });
  }
}
