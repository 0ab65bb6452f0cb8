import { readFile } from 'node:fs/promises';
import { ContinuumError } from '@continuum/contract/errors';
import { TrainingItem, type TrainingJob } from '@continuum/contract/training-job';
import { z } from 'zod';
import { sha256 } from './files.ts';

/**
 * The items of a job's data file. Throws INVALID_INPUT for a file that cannot be read, is not the one the job was made
 * for, has no item, or has a line that is none; the line is named.
 */
export async function readItems(job: Pick<TrainingJob, 'dataFile' | 'dataHash'>): Promise<TrainingItem[]> {
  const bytes = await readFile(job.dataFile).catch((cause: unknown) => {
    throw new ContinuumError('INVALID_INPUT', `The data file ${job.dataFile} cannot be read.`, {
      next: 'Make the job again.',
      cause,
    });
  });
  if (sha256(bytes) !== job.dataHash) {
    throw new ContinuumError('INVALID_INPUT', `${job.dataFile} is not the data this job was made for.`, {
      next: 'Put the data file back, or make a new job for the data as it is now.',
    });
  }
  return parseItems(bytes.toString('utf8'), job.dataFile);
}

/** Items of JSON Lines; empty lines are passed over. Throws INVALID_INPUT with the file's name and the line's number. */
export function parseItems(text: string, file: string): TrainingItem[] {
  const items = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const parsed = TrainingItem.safeParse(parseJson(line));
    if (!parsed.success) throw badLine(file, index + 1, z.prettifyError(parsed.error));
    if (parsed.data.chosen === undefined && parsed.data.rejected === undefined) {
      throw badLine(file, index + 1, 'it has neither "chosen" nor "rejected"');
    }
    return [parsed.data];
  });
  if (items.length > 0) return items;
  throw new ContinuumError('INVALID_INPUT', `${file} has nothing to learn from.`, {
    next: 'Collect corrections first.',
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function badLine(file: string, line: number, why: string): ContinuumError {
  return new ContinuumError('INVALID_INPUT', `${file}, line ${line}, is no training item: ${why}.`, {
    next: 'Write one TrainingItem a line, as JSON.',
  });
}
