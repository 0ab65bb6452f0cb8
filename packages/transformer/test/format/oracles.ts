import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

/*
 * Other programs that run the same weights. Neither is a dependency; bring them with
 *   node packages/testing/bin/python-oracle.mjs
 *   npm install --prefix .continuum/llama --omit=optional --ignore-scripts node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64@3.22.1
 */
const home = join(import.meta.dirname, '../../../../.continuum');
const python = join(process.env.CONTINUUM_PYTHON ?? join(home, 'python'), 'bin/python');
const llama = process.env.CONTINUUM_LLAMA ?? join(home, 'llama');
const fixtures = join(import.meta.dirname, 'fixtures');

/** Something to run: a model with or without an adapter over some tokens, and texts to tokenize. */
export interface OracleTask {
  /** Hugging Face folder for PEFT, GGUF file for llama.cpp. */
  readonly model: string;
  readonly adapter?: string;
  /** Folder that PEFT writes an adapter of its own into, before it uses it. */
  readonly save?: string;
  readonly tokens: readonly number[];
  readonly texts: readonly string[];
}

const Answers = z.array(z.object({ logits: z.array(z.array(z.number())), tokenized: z.array(z.array(z.number())) }));
export type OracleAnswer = z.infer<typeof Answers>[number];

/** A program that runs models, and whether it is here. */
export interface Oracle {
  readonly isThere: boolean;
  /** Its name for a test's title, with the command that brings it when it is missing. */
  readonly title: string;
  run(tasks: readonly OracleTask[]): Promise<OracleAnswer[]>;
}

async function runProgram(
  command: string,
  args: readonly string[],
  tasks: readonly OracleTask[],
): Promise<OracleAnswer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'oracle-'));
  try {
    const file = join(folder, 'tasks.json');
    await writeFile(file, JSON.stringify(tasks));
    // Nothing may be fetched: all it needs lies in the folders it is given.
    const env = { ...process.env, HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1', TOKENIZERS_PARALLELISM: 'false' };
    const { stdout } = await promisify(execFile)(command, [...args, file], { env, maxBuffer: 2 ** 28 });
    return Answers.parse(JSON.parse(stdout));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const hasPython = existsSync(python);
export const peft: Oracle = {
  isThere: hasPython,
  title: hasPython ? 'PEFT' : 'PEFT (not here: node packages/testing/bin/python-oracle.mjs)',
  run: (tasks) => runProgram(python, [join(fixtures, 'peft_logits.py')], tasks),
};

const hasLlama = existsSync(join(llama, 'node_modules/node-llama-cpp'));
export const llamaCpp: Oracle = {
  isThere: hasLlama,
  title: hasLlama
    ? 'llama.cpp'
    : 'llama.cpp (not here: npm install --prefix .continuum/llama --omit=optional --ignore-scripts node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64@3.22.1)',
  run: (tasks) => runProgram(process.execPath, [join(fixtures, 'llama-logits.mjs'), llama], tasks),
};
