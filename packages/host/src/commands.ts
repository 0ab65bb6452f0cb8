import {
  COMMANDS,
  type CommandContext,
  type CommandHandler,
  CommandName,
  type CommandOutput,
  type CommandParsed,
  type Commands,
} from '@continuum/contract/command';
import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import type { CommandTransport } from '@continuum/contract/ports/command-transport';
import type { AuditStore, OutboxStore } from '@continuum/contract/ports/store';
import type { z } from 'zod';

/** The same table seen through one mapped type, so that a name carries its shapes along. */
const SCHEMAS: {
  readonly [N in CommandName]: {
    readonly input: z.ZodType<CommandParsed<N>>;
    readonly output: z.ZodType<CommandOutput<N>>;
  };
} = COMMANDS;

type Run = (input: unknown, context: CommandContext) => Promise<unknown>;

/** The registry of one process, which may also answer others. */
export interface CommandRegistry extends Commands {
  /** Whether anything is registered here. */
  readonly serves: boolean;
  /** Answers other processes with what is registered by now. Nothing happens without a transport. */
  serve(): Promise<void>;
}

/**
 * The one registry: parses input, asks whether the caller may, runs the handler, checks the output, writes the audit. What
 * nobody registered here is asked of the process that has it, over the transport; it is audited where it runs.
 */
export function createCommands(
  store: { readonly audit: Pick<AuditStore, 'record'>; readonly outbox: Pick<OutboxStore, 'enqueue'> },
  transport?: CommandTransport,
): CommandRegistry {
  const handlers = new Map<CommandName, Run>();
  const here = async (name: CommandName, input: unknown, context: CommandContext): Promise<unknown> => {
    authorise(name, context);
    const handler = handlers.get(name);
    if (handler !== undefined) return handler(input, context);
    if (transport === undefined) throw notHandled(name);
    return parseInput(name, input);
  };
  const run = async (name: CommandName, input: unknown, context: CommandContext): Promise<unknown> => {
    const output = await here(name, input, context).catch(async (thrown: unknown) => {
      await auditFailure(store.audit, name, input, context, toContinuumError(thrown));
      throw thrown;
    });
    // What parses and may be done, and is nobody's here.
    if (transport !== undefined && !handlers.has(name)) return transport.call(name, input, context);
    await audit(store.audit, name, input, context);
    return output;
  };
  return {
    get serves() {
      return handlers.size > 0;
    },
    register(name, handler) {
      if (handlers.has(name)) throw new ContinuumError('CONFLICT', `command ${name} has a handler already`);
      handlers.set(name, toRun(name, handler));
    },
    async serve() {
      for (const name of handlers.keys()) {
        await transport?.serve(name, async (input, context) => parseOutput(name, await run(name, input, context)));
      }
    },
    async execute(name, input, context) {
      return parseOutput(name, await run(name, input, context));
    },
    async executeUntyped(name, input, context) {
      const known = CommandName.safeParse(name);
      if (!known.success) throw new ContinuumError('INVALID_INPUT', `there is no command ${name}`);
      return parseOutput(known.data, await run(known.data, input, context));
    },
    async enqueue(name, input, key) {
      parseInput(name, input);
      await store.outbox.enqueue({ key, command: name, input });
    },
  };
}

function toRun<N extends CommandName>(name: N, handler: CommandHandler<N>): Run {
  return (input, context) => handler(parseInput(name, input), context);
}

function parseInput<N extends CommandName>(name: N, input: unknown): CommandParsed<N> {
  const parsed = SCHEMAS[name].input.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  throw new ContinuumError('INVALID_INPUT', `${name}: ${problems.join('; ')}`, {
    next: 'Correct these fields; /openapi.json lists every shape.',
  });
}

function parseOutput<N extends CommandName>(name: N, output: unknown): CommandOutput<N> {
  return SCHEMAS[name].output.parse(output);
}

function authorise(name: CommandName, context: CommandContext): void {
  const { callers } = COMMANDS[name];
  if (callers.some((kind) => kind === context.caller.kind)) return;
  throw new ContinuumError('FORBIDDEN', `${context.caller.kind} ${context.caller.id} may not run ${name}`, {
    next: `${name} is for: ${callers.join(', ')}.`,
  });
}

/** What commands of a target need before anybody handles them. */
const CREDENTIALS: Readonly<Record<string, string | undefined>> = {
  github: 'Set GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY, and start again.',
  linear: 'Set LINEAR_API_KEY and start again.',
  jira: 'Set JIRA_URL, JIRA_EMAIL and JIRA_API_TOKEN and start again.',
  slack: 'Set SLACK_BOT_TOKEN and start again.',
};

function notHandled(name: CommandName): ContinuumError {
  return new ContinuumError('NOT_FOUND', `nobody handles ${name} in this process`, {
    next: CREDENTIALS[name.split('/')[0] ?? ''] ?? 'Start the daemon that owns it.',
  });
}

async function audit(
  log: Pick<AuditStore, 'record'>,
  name: CommandName,
  input: unknown,
  context: CommandContext,
  failure: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (COMMANDS[name].effect === 'read') return;
  const key = context.idempotencyKey === undefined ? {} : { key: context.idempotencyKey };
  await log.record({
    actor: `${context.caller.kind}:${context.caller.id}`,
    action: name,
    subject: subjectOf(name, input),
    detail: { ...key, ...failure },
  });
}

const REFUSALS: ReadonlySet<string> = new Set(['FORBIDDEN', 'INVALID_INPUT', 'UNAUTHORIZED']);

/**
 * What was refused or failed is an action too. One that carries a key and may succeed later is not over: whoever tries it
 * again says how it ended. The error itself matters more than its entry, so this never throws.
 */
async function auditFailure(
  log: Pick<AuditStore, 'record'>,
  name: CommandName,
  input: unknown,
  context: CommandContext,
  { code, retryable }: ContinuumError,
): Promise<void> {
  if (context.idempotencyKey !== undefined && retryable) return;
  const outcome = REFUSALS.has(code) ? 'refused' : 'failed';
  await audit(log, name, input, context, { outcome, code }).catch(() => undefined);
}

const SUBJECT_FIELDS = [
  ...['findingId', 'messageId', 'id', 'reviewId', 'roomId', 'jobId', 'deliveryId', 'externalId', 'login', 'scope'],
  'repo',
];

const LONGEST_SUBJECT = 200;

/** The most specific thing the input names; texts stay out of the audit, and so does what does not parse. */
function subjectOf(name: CommandName, input: unknown): string {
  const parsed: unknown = SCHEMAS[name].input.safeParse(input).data;
  if (typeof parsed !== 'object' || parsed === null) return '';
  const fields = new Map(Object.entries(parsed));
  for (const field of SUBJECT_FIELDS) {
    const value: unknown = fields.get(field);
    if (typeof value === 'string') return `${field}:${value}`.slice(0, LONGEST_SUBJECT);
  }
  return '';
}
