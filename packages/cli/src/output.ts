import { ContinuumClient } from '@continuum/sdk/client';
import type { Command } from 'commander';
import { z } from 'zod';

const GlobalOptions = z.object({ url: z.string(), token: z.string().optional(), json: z.boolean().default(false) });

/** Client and output of one invocation, from the global options. */
export interface Session {
  readonly client: ContinuumClient;
  readonly json: boolean;
  /** Prints the value as JSON under `--json`, else what `text` makes of it. */
  print<T>(value: T, text: (value: T) => string): void;
}

export function sessionOf(command: Command): Session {
  const { url, token, json } = GlobalOptions.parse(command.optsWithGlobals());
  return {
    client: new ContinuumClient({ url, client: 'cli', ...(token === undefined ? {} : { token }) }),
    json,
    print: (value, text) => console.log(json ? JSON.stringify(value, undefined, 2) : text(value)),
  };
}
