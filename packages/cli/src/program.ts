import { VERSION } from '@continuum/contract/version';
import { Command } from 'commander';
import { addAction } from './commands/action.ts';
import { addAsk } from './commands/ask.ts';
import { addAudit } from './commands/audit.ts';
import { addBackup, addRestore } from './commands/backup.ts';
import { addDaemon } from './commands/daemon.ts';
import { addDeadLetters } from './commands/dead-letters.ts';
import { addDeliveries } from './commands/deliveries.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExamples } from './commands/examples.ts';
import { addGenome } from './commands/genome.ts';
import { addInit } from './commands/init.ts';
import { addLayers, addTrain } from './commands/layers.ts';
import { addLessons } from './commands/lessons.ts';
import { addPeople } from './commands/people.ts';
import { addPlaces } from './commands/places.ts';
import { addReview } from './commands/review.ts';
import { addRooms } from './commands/rooms.ts';
import { addStart } from './commands/start.ts';

/** The `continuum` command with all its subcommands. */
export function createProgram(): Command {
  const program = new Command('continuum')
    .description('AI teammates that work where a team works and get better by being corrected')
    .version(VERSION)
    .option(
      '--url <address>',
      'a running Continuum',
      process.env.CONTINUUM_URL ?? `http://127.0.0.1:${process.env.PORT ?? 4000}`,
    )
    .option('--token <token>', 'its CONTINUUM_TOKEN', process.env.CONTINUUM_TOKEN)
    .option('--json', 'answer as JSON')
    .exitOverride();
  for (const add of [
    addInit,
    addStart,
    addDaemon,
    addReview,
    addAction,
    addRooms,
    addAsk,
    addPlaces,
    addPeople,
    addExamples,
    addLessons,
    addGenome,
    addLayers,
    addTrain,
    addDeadLetters,
    addDeliveries,
    addAudit,
    addBackup,
    addRestore,
    addDoctor,
  ])
    add(program);
  return program;
}
