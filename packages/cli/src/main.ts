import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';

/** Errors go to standard error with what to do next; `--json` gives them as JSON on standard output. */
function fail(thrown: unknown): void {
  if (thrown instanceof CommanderError) {
    process.exitCode = thrown.exitCode;
    return;
  }
  const error = thrown instanceof ContinuumError ? thrown : toContinuumError(thrown);
  if (process.argv.includes('--json')) console.log(JSON.stringify(error));
  else console.error(`${error.code}: ${error.message}${error.next === undefined ? '' : `\n${error.next}`}`);
  process.exitCode = 1;
}

try {
  await createProgram().parseAsync(process.argv);
} catch (thrown) {
  fail(thrown);
}
