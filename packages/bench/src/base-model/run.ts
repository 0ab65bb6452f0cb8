import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ContinuumError } from '@continuum/contract/errors';
import { replyPrompt } from '@continuum/memory/dossier/reply-prompt';
import { mulberry32 } from '../advisories/rows.ts';
import { findingsOf, generate } from './generate.ts';
import { drawReply } from './replies.ts';

const TEAMS_OF_SHARD = 600;
const REPLIES = 20_000;

/**
 * `base-model <folder> [--shards N] [--packages N] [--seed S]`: writes the training data of the base model as JSON Lines:
 * questions to generated teams about findings on real code, 600 teams a shard, and replies with what they are.
 * @throws ContinuumError INVALID_INPUT for an unknown option or value.
 */
export async function runBaseModel(args: string[]): Promise<void> {
  const { folder, shards, packages, seed } = optionsOf(args);
  await mkdir(folder, { recursive: true });
  const findings = await findingsOf({ packages, installed: 'node_modules', seed });
  console.log(`${findings.length} findings on ${new Set(findings.map((one) => one.package)).size} packages`);
  await writeReplies(join(folder, 'replies.jsonl'), seed);
  for (let shard = 0; shard < shards; shard += 1) {
    const file = join(folder, `s${String(shard).padStart(3, '0')}.jsonl`);
    console.log(`${file}: ${await generate(file, findings, TEAMS_OF_SHARD, seed * 1_000 + shard)} questions`);
  }
}

async function writeReplies(file: string, seed: number): Promise<void> {
  const random = mulberry32(seed);
  const lines = Array.from({ length: REPLIES }, () => {
    const { text, kind } = drawReply(random);
    return `${JSON.stringify({ prompt: replyPrompt(text), answer: ` ${kind}` })}\n`;
  });
  await writeFile(file, lines.join(''));
}

function optionsOf(args: string[]): { folder: string; shards: number; packages: number; seed: number } {
  const { values, positionals } = parseArgs({
    args,
    options: { shards: { type: 'string' }, packages: { type: 'string' }, seed: { type: 'string' } },
    allowPositionals: true,
  });
  const [folder] = positionals;
  const numbers = [values.shards ?? '60', values.packages ?? '32', values.seed ?? '1'].map(Number);
  const [shards = 0, packages = 0, seed = 0] = numbers;
  if (folder === undefined || numbers.some((value) => !Number.isInteger(value) || value < 1)) {
    throw new ContinuumError('INVALID_INPUT', 'Name a folder; --shards, --packages and --seed are whole numbers.');
  }
  return { folder, shards, packages, seed };
}
