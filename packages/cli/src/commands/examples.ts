import { writeFile } from 'node:fs/promises';
import { ExportFormat, type TrainingExample } from '@continuum/contract/learning';
import { type Command, Option } from 'commander';
import { sessionOf } from '../output.ts';

/** `continuum examples` and `continuum export`: what was learned, and as training data. */
export function addExamples(program: Command): void {
  program
    .command('examples')
    .description('training examples, newest first')
    .option('--scope <scope>', 'only this scope and below')
    .option('--state <state>', 'active, quarantined or revoked')
    .action(async (flags: { scope?: string; state?: string }, command: Command) => {
      const session = sessionOf(command);
      session.print(await session.client.examples(flags), (examples) => examples.map(toLine).join('\n') || 'none yet');
    });
  program
    .command('export')
    .description('active examples as JSON Lines')
    .addOption(new Option('--format <format>').choices(ExportFormat.options).default('openai'))
    .option('--scope <scope>', 'only this scope and below')
    .option('--out <file>', 'write here instead of standard output')
    .action(async (flags: { format: string; scope?: string; out?: string }, command: Command) => {
      const session = sessionOf(command);
      const jsonl = await session.client.exportExamples(ExportFormat.parse(flags.format), flags.scope);
      const count = jsonl.split('\n').filter((line) => line !== '').length;
      if (flags.out === undefined) return void process.stdout.write(jsonl);
      await writeFile(flags.out, jsonl);
      session.print({ file: flags.out, count }, () => `${count} examples written to ${flags.out}`);
    });
}

function toLine(example: TrainingExample): string {
  const { id, signal, priority, state, scope, provenance } = example;
  return `${id} ${signal} ${priority.toFixed(2)} ${state} ${scope} by ${provenance.author.name}`;
}
