import { resolve } from 'node:path';
import { ScopeId } from '@continuum/contract/ids';
import { type Layer, LayerState } from '@continuum/contract/layer';
import type { TrainingProgress } from '@continuum/contract/training-job';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { sessionOf } from '../output.ts';

const TrainFlags = z.object({
  scope: ScopeId,
  wait: z.boolean().default(false),
  rank: z.coerce.number().int().optional(),
  epochs: z.coerce.number().int().optional(),
  seed: z.coerce.number().int().optional(),
});

/** `continuum train`: corrections of a scope become a layer, now. */
export function addTrain(program: Command): void {
  program
    .command('train')
    .description('train a layer for a scope from its corrections, and put it through the gates')
    .requiredOption('--scope <scope>', 'for example /security/')
    .option('--wait', 'answer when the layer stands where its gates put it')
    .option('--rank <n>', 'rank of the layer')
    .option('--epochs <n>', 'how often each correction is seen')
    .option('--seed <n>', 'equal corrections and seed make an equal layer')
    .action(async (flags: Record<string, unknown>, command: Command) => {
      const session = sessionOf(command);
      const { scope, wait, ...options } = TrainFlags.parse({ ...flags, scope: asScope(flags.scope) });
      const answer = await session.client.train({ scope, wait, options });
      session.print(answer, ({ jobId, progress, layer }) =>
        layer === undefined ? `${jobId}: ${progressText(progress)}` : layerText(layer),
      );
      if (answer.progress.state === 'failed') process.exitCode = 1;
    });
}

/** `continuum layers`: what was trained, where it stands, and the ways forward and back. */
export function addLayers(program: Command): void {
  const layers = program.command('layers').description('LoRA layers and where they stand');
  layers
    .command('list', { isDefault: true })
    .description('all layers, newest first')
    .option('--scope <scope>', 'only this scope')
    .addOption(new Option('--state <state>').choices(LayerState.options))
    .action(async (flags: { scope?: string; state?: string }, command: Command) => {
      const session = sessionOf(command);
      const all = await session.client.layers(flags);
      session.print(all, (list) => list.map(lineOf).join('\n') || 'none yet');
    });
  layers
    .command('show')
    .description('one layer with its gates and what it was made from')
    .argument('<layer>')
    .action(async (id: string, _flags: unknown, command: Command) => {
      const session = sessionOf(command);
      session.print(await session.client.layer(id), layerText);
    });
  layers
    .command('promote')
    .description('one step towards active: candidate, shadow, canary, active')
    .argument('<layer>')
    .addOption(new Option('--to <state>').choices(LayerState.options))
    .action(async (id: string, flags: { to?: string }, command: Command) => {
      const session = sessionOf(command);
      const to = flags.to === undefined ? undefined : LayerState.parse(flags.to);
      session.print(await session.client.promote(id, to), lineOf);
    });
  layers
    .command('rollback')
    .description('take a layer back; the one that was active before decides again')
    .argument('<layer>')
    .action(async (id: string, _flags: unknown, command: Command) => {
      const session = sessionOf(command);
      session.print(await session.client.rollback(id), ({ scope, active }) =>
        active === undefined
          ? `${scope}: no layer decides now, memory and rules do`
          : `${scope}: ${active.id} is active`,
      );
    });
  addBundles(layers);
  addCancel(layers);
}

function addBundles(layers: Command): void {
  layers
    .command('export')
    .description("write a layer as one signed file on the server's machine")
    .argument('<layer>')
    .argument('<file>')
    .action(async (id: string, file: string, _flags: unknown, command: Command) => {
      const session = sessionOf(command);
      session.print(await session.client.exportLayer(id, resolve(file)), (written) => written.file);
    });
  layers
    .command('import')
    .description('take a bundle in as a candidate')
    .argument('<file>')
    .option('--trust <key...>', 'public keys whose signatures count')
    .action(async (file: string, flags: { trust?: string[] }, command: Command) => {
      const session = sessionOf(command);
      session.print(await session.client.importLayer(resolve(file), flags.trust ?? []), lineOf);
    });
}

function addCancel(layers: Command): void {
  layers
    .command('cancel')
    .description('stop a training job; its checkpoint stays')
    .argument('<job>')
    .action(async (id: string, _flags: unknown, command: Command) => {
      const session = sessionOf(command);
      session.print(await session.client.cancelTraining(id), progressText);
    });
}

/** `security` and `/security` are understood as `/security/`. */
function asScope(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  const inner = text.replace(/^\/+|\/+$/g, '');
  return inner === '' ? '/' : `/${inner}/`;
}

function lineOf({ id, scope, state, bytes, because }: Layer): string {
  return `${id} ${scope} ${state} ${bytes} bytes: ${because}`;
}

function layerText(layer: Layer): string {
  const { examples, trainer, baseModel, rank, parents, at, gates } = layer;
  const verdicts = gates.map(({ passed, gate, text }) => `  ${passed ? 'passed' : 'failed'} ${gate}: ${text}`);
  const made = `  ${examples} examples, rank ${rank}, ${trainer}, base ${baseModel.slice(0, 12)}, ${at}`;
  const above = parents.length === 0 ? [] : [`  on top of ${parents.join(', ')}`];
  return [lineOf(layer), ...verdicts, made, ...above].join('\n');
}

function progressText({ state, step, steps, etaSeconds, error }: TrainingProgress): string {
  const left = etaSeconds === undefined ? '' : `, about ${Math.round(etaSeconds)} s left`;
  return error === undefined ? `${state}, step ${step} of ${steps}${left}` : `${state}: ${error}`;
}
