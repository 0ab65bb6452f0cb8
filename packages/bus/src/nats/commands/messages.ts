import { ContinuumError, ERROR_CODES, toContinuumError } from '@continuum/contract/errors';
import { headers, type MsgHdrs } from '@nats-io/nats-core';
import { z } from 'zod';
import { fromWire, toWire, type Wire } from '../wire.ts';

const KIND = 'Continuum-Kind';

/**
 * What a message is for. `working`: the server has the call and is alive, and hears at the reply subject. `part`: more of a
 * request. `cancel`: the caller waits no longer. `answer`: the end; its last part asks for a sign that it was heard.
 */
export type Kind = 'working' | 'part' | 'cancel' | 'answer';

/** A call as it travels; the input is parsed by whoever registered the command. */
export const Request = z.object({
  input: z.unknown().optional(),
  caller: z.object({ kind: z.enum(['operator', 'persona', 'system']), id: z.string() }),
  idempotencyKey: z.string().optional(),
});
export type Request = z.infer<typeof Request>;

const Failure = z.object({
  // A newer process may know codes that this one does not.
  code: z.enum(ERROR_CODES).catch('INTERNAL'),
  message: z.string(),
  next: z.string().optional(),
  retryable: z.boolean(),
  retryAfterMs: z.number().optional(),
});
const Answer = z.object({ ok: z.unknown().optional(), error: Failure.optional() });

export function kindOf(message: { readonly headers?: MsgHdrs | undefined }): string {
  return message.headers?.get(KIND) ?? '';
}

export function ofKind(kind: Kind, own: MsgHdrs = headers()): MsgHdrs {
  own.set(KIND, kind);
  return own;
}

export function toAnswer(value: unknown): Promise<Wire> {
  return toWire({ ok: value });
}

/** What was thrown, without its cause and stack: those stay in the log of the process that failed. */
export function toFailure(thrown: unknown): Promise<Wire> {
  const { code, message, next, retryable, retryAfterMs } = toContinuumError(thrown);
  return toWire({ error: { code, message, next, retryable, retryAfterMs } });
}

/** The value of an answer. Throws the ContinuumError that it carries, INTERNAL when it is no answer. */
export async function fromAnswer(wire: Wire): Promise<unknown> {
  const answer = Answer.safeParse(await fromWire(wire).catch(() => undefined));
  if (!answer.success) throw new ContinuumError('INTERNAL', `Not an answer: ${answer.error.message}`);
  const { ok, error } = answer.data;
  if (error === undefined) return ok;
  const { code, message, next, retryable, retryAfterMs } = error;
  throw new ContinuumError(code, message, {
    retryable,
    ...(next === undefined ? {} : { next }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
