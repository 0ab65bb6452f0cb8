import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LESSONS_FILE } from '@continuum/contract/lesson';
import { repoName } from '@continuum/git/local-changes';
import type { Command } from 'commander';
import { sessionOf } from '../output.ts';

/** `continuum lessons`: what was learned, as a file that the repository keeps and people review like code. */
export function addLessons(program: Command): void {
  const lessons = program.command('lessons').description('what was learned, kept in the repository');
  lessons
    .command('export')
    .description('write the active corrections of a repository to a file')
    .argument('[file]', 'where', LESSONS_FILE)
    .option('--repo <owner/name>', 'whose; the one of this folder when absent')
    .action(async (file: string, flags: { repo?: string }, command: Command) => {
      const session = sessionOf(command);
      const repo = flags.repo ?? (await repoName('.'));
      const jsonl = await session.client.exportLessons(repo);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, jsonl);
      const count = jsonl.split('\n').length - 1;
      session.print({ repo, file, count }, () => `${count} lessons of ${repo} written to ${file}`);
    });
  lessons
    .command('import')
    .description('take in the lessons of a file; what is known stays as it is')
    .argument('[file]', 'which', LESSONS_FILE)
    .option('--repo <owner/name>', 'for whom; the one of this folder when absent')
    .action(async (file: string, flags: { repo?: string }, command: Command) => {
      const session = sessionOf(command);
      const repo = flags.repo ?? (await repoName('.'));
      const taken = await session.client.importLessons({ repo, jsonl: await readFile(file, 'utf8') });
      session.print(
        { repo, ...taken },
        ({ added, known }) => `${added} lessons are new to ${repo}, ${known} were known`,
      );
    });
}
