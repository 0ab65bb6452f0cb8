import type { CommandTransport } from '@continuum/contract/ports/command-transport';
import type { BusLog } from '../log.ts';
import type { NatsLink } from './connection.ts';

export interface NatsCommandsOptions {
  /** Closed by its owner, after the commands. */
  readonly link: NatsLink;
  readonly log?: BusLog;
  /** First word of all subjects. Default `continuum`. */
  readonly prefix?: string;
}

/** Commands over request and reply of NATS: processes that serve the same command form one queue group. */
export function openNatsCommands(options: NatsCommandsOptions): CommandTransport {
  throw new Error(`not yet: ${options.prefix}`);
}
