import type { CommandContext, CommandName } from '../command.ts';

/** Runs one command of this process for another process. */
export type CommandServer = (input: unknown, context: CommandContext) => Promise<unknown>;

/** Carries commands to the process that handles them. Callers inside the deployment are trusted with the name they give. */
export interface CommandTransport {
  /** Handles a command for everybody; several processes that serve the same one share the work. */
  serve(name: CommandName, run: CommandServer): Promise<void>;
  /**
   * Asks whoever serves it and waits for the answer. Throws the ContinuumError of the handler, NOT_FOUND when nobody serves it,
   * BUS_UNAVAILABLE (retryable) when the bus is away, ABORTED when `context.signal` says so; the work may go on then.
   */
  call(name: CommandName, input: unknown, context: CommandContext): Promise<unknown>;
  /** Takes no more calls, waits for those that run. Idempotent. */
  close(): Promise<void>;
}
