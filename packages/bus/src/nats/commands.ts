import type { CommandContext, CommandName } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { CommandServer, CommandTransport } from '@continuum/contract/ports/command-transport';
import { type BusLog, SILENT } from '../log.ts';
import { Caller } from './commands/caller.ts';
import { Server } from './commands/server.ts';
import type { NatsLink } from './connection.ts';
import { toToken } from './names.ts';
import { toWire } from './wire.ts';

export interface NatsCommandsOptions {
  /** Closed by its owner, after the commands. */
  readonly link: NatsLink;
  readonly log?: BusLog;
  /** First word of all subjects. Default `continuum`. */
  readonly prefix?: string;
  /** Silence in ms after which the other side of a call is taken for dead; a fifth of it lies between signs of life. Default 15 000. */
  readonly silentMs?: number;
}

/**
 * Commands over request and reply of NATS: processes that serve the same command form one queue group. Requests and answers of
 * any size up to 64 MiB travel in parts; whoever runs a command gives a sign of life every three seconds, so that a call may
 * take hours while a process that died is noticed in 15 s.
 */
export function openNatsCommands(options: NatsCommandsOptions): CommandTransport {
  return new NatsCommands(options);
}

class NatsCommands implements CommandTransport {
  readonly #prefix: string;
  readonly #caller: Caller;
  readonly #server: Server;
  readonly #served = new Set<CommandName>();
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor({ link, log = SILENT, prefix = 'continuum', silentMs = 15_000 }: NatsCommandsOptions) {
    this.#prefix = prefix;
    this.#caller = new Caller(link, silentMs);
    this.#server = new Server(link, log, silentMs);
  }

  async serve(name: CommandName, run: CommandServer): Promise<void> {
    if (this.#closing !== undefined) throw closed();
    if (this.#served.has(name)) throw new ContinuumError('CONFLICT', `This process serves ${name} already.`);
    this.#served.add(name);
    await this.#server.serve(this.#subject(name), run);
  }

  async call(name: CommandName, input: unknown, context: CommandContext): Promise<unknown> {
    // Commands that run while we stop may still ask others.
    if (this.#closed) throw closed();
    const { caller, idempotencyKey, signal } = context;
    return this.#caller.call(this.#subject(name), await toWire({ input, caller, idempotencyKey }), signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#server.close().finally(() => {
      this.#closed = true;
      this.#caller.close();
    });
    return this.#closing;
  }

  #subject(name: CommandName): string {
    return `${this.#prefix}-command.${toToken(name)}`;
  }
}

function closed(): ContinuumError {
  return new ContinuumError('BUS_CLOSED', 'The commands are closed.', { next: 'Try again when the process is back.' });
}
