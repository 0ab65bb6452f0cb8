/** A fault put into our own code: the simulator has to catch it. */
export interface Mutant {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly snippet: string;
  readonly replacement: string;
  /** What is promised and does not hold any more. */
  readonly breaks: string;
}

const JOURNAL = 'packages/journal/src';
const INTAKE = 'daemons/intake/src';
const BUS = 'packages/bus/src';
const HOST = 'packages/host/src';

/** Faults that people make in code like this. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'journal: no datasync',
    file: `${JOURNAL}/segment-writer.ts`,
    snippet: `await writeAll(this.#handle, chunks, this.#end.offset);
      await this.#handle.datasync();`,
    replacement: 'await writeAll(this.#handle, chunks, this.#end.offset);',
    breaks: 'what was answered 202 survives a power cut',
  },
  {
    name: 'journal: no sync of the folder',
    file: `${JOURNAL}/segment.ts`,
    snippet: 'await disk.syncFolder(folder);',
    replacement: '',
    breaks: 'a new segment survives a power cut',
  },
  {
    name: 'journal: a failed write is left standing',
    file: `${JOURNAL}/segment-writer.ts`,
    snippet: 'await this.#cutOff().catch(() => undefined);',
    replacement: 'this.#dirty = false;',
    breaks: 'after an error of the disk nothing but records stands in a segment',
  },
  {
    name: 'journal: a torn end is not cut off',
    file: `${JOURNAL}/segment-writer.ts`,
    snippet: 'if (bytes.length > end.offset) await writer.#cutOff();',
    replacement: 'if (bytes.length > end.offset) await handle.datasync();',
    breaks: 'a journal opens after any crash',
  },
  {
    name: 'journal: a torn end counts as written',
    file: `${JOURNAL}/segment.ts`,
    snippet: "if (read.kind === 'torn') return offset;",
    replacement: "if (read.kind === 'torn') return bytes.length;",
    breaks: 'a record cut short is no record',
  },
  {
    name: 'journal: a hole in the torn end is damage',
    file: `${JOURNAL}/segment.ts`,
    snippet: 'if (hasHole(bytes, offset, offset + length)) return offset;',
    replacement: '',
    breaks: 'a journal opens after any crash',
  },
  {
    name: 'journal: the checksum is not looked at',
    file: `${JOURNAL}/frame.ts`,
    snippet: 'if (crc32(payload) !== bytes.readUInt32LE(offset + 8))',
    replacement: 'if (bytes.length < 0)',
    breaks: 'a flipped bit is noticed',
  },
  {
    name: 'journal: unsynced records are trusted',
    file: `${JOURNAL}/segment-writer.ts`,
    snippet: 'else if (!isNew) await handle.datasync();',
    replacement: '',
    breaks: 'what a killed process left in the cache is durable before it is handed on',
  },
  {
    name: 'journal: the checkpoint is not synced',
    file: `${JOURNAL}/checkpoint.ts`,
    snippet: 'await handle.sync();',
    replacement: '',
    breaks: 'a crash leaves the old checkpoint or the new one',
  },
  {
    name: 'journal: a batch that failed is resolved',
    file: `${JOURNAL}/group-commit.ts`,
    snippet: 'else reject(failure.error);',
    replacement: 'else resolve();',
    breaks: 'append rejects with the error of its write',
  },
  {
    name: 'journal: append resolves at once',
    file: `${JOURNAL}/group-commit.ts`,
    snippet: 'return done.promise;',
    replacement: 'done.promise.catch(() => undefined); return Promise.resolve();',
    breaks: 'a record is on disk before append resolves',
  },
  {
    name: 'journal: a new segment without a head',
    file: `${JOURNAL}/segment.ts`,
    snippet: 'await writeAll(handle, [segmentHead(segment, previousBytes)], 0);',
    replacement: '',
    breaks: 'a segment says which it is',
  },
  {
    name: 'journal: a torn head is damage',
    file: `${JOURNAL}/segment-writer.ts`,
    snippet: 'const isNew = isUnfinished(file, segment, bytes);',
    replacement:
      'const isNew = bytes.length < 24 || (isUnfinished(file, segment, bytes) && bytes.every((byte) => byte === 0));',
    breaks: 'a journal opens after any crash',
  },
  {
    name: 'intake: 202 before the append',
    file: `${INTAKE}/acceptance.ts`,
    snippet: `await append;
      this.#recent.add(id);`,
    replacement: `append.catch(() => undefined);
      this.#recent.add(id);`,
    breaks: '202 means on disk',
  },
  {
    name: 'intake: known before it is durable',
    file: `${INTAKE}/acceptance.ts`,
    snippet: 'const append = this.#append(record);',
    replacement: 'this.#recent.add(id); const append = this.#append(record);',
    breaks: 'a delivery whose append failed is taken when it comes again',
  },
  {
    name: 'intake: a new event id each time',
    file: `${INTAKE}/hand-on.ts`,
    snippet: '{ id: EventId.parse(eventId) }',
    replacement: '{}',
    breaks: 'a delivery is one event however often it is handed on',
  },
  {
    name: 'intake: checkpoint before the hand-over',
    file: `${INTAKE}/progress.ts`,
    snippet: 'this.#steps.push(step);',
    replacement: 'this.#steps.push(step); step.done = true; this.#advance();',
    breaks: 'the checkpoint follows the hand-over',
  },
  {
    name: 'intake: checkpoint past one that is open',
    file: `${INTAKE}/progress.ts`,
    snippet: 'const open = this.#steps.findIndex((step) => !step.done);',
    replacement: 'const open = -1;',
    breaks: 'the checkpoint stops at the first record that is not handed on',
  },
  {
    name: 'intake: a failed hand-over counts as done',
    file: `${INTAKE}/insist.ts`,
    snippet: "log.error({ err: error, id: record.id, delay }, 'delivery not handed on; tried again');",
    replacement: 'return true;',
    breaks: 'handing on is tried until it works',
  },
  {
    name: 'intake: nothing is offered again at the start',
    file: `${INTAKE}/intake.ts`,
    snippet: 'settleMs: syncsEachCommit(runtime.settings) ? 0 : SETTLE_MS,',
    replacement: 'settleMs: 0,',
    breaks: 'what a store that never syncs lost in a power cut comes back from the journal',
  },
  {
    name: 'intake: no look after the journal could not be read',
    file: `${INTAKE}/pump.ts`,
    snippet: `this.#again = true;
        await pause(1_000, signal);`,
    replacement: 'await pause(1_000, signal);',
    breaks: 'a record never waits for the next delivery',
  },
  {
    name: 'bus: acknowledged before the handler',
    file: `${BUS}/consumer.ts`,
    snippet: 'await deliver(claimed.event, this.#options.handler, this.#ackWaitMs).finally(leave);',
    replacement: `await this.#options.stream.ack(this.name, claimed.event.id);
      await deliver(claimed.event, this.#options.handler, this.#ackWaitMs).finally(leave);`,
    breaks: 'an event is handled at least once',
  },
  {
    name: 'bus: acknowledged on failure',
    file: `${BUS}/consumer.ts`,
    snippet: `await this.#failed(claimed, error);
      return;`,
    replacement: '',
    breaks: 'a handler that fails gets its event again',
  },
  {
    name: 'bus: buried on the second failure',
    file: `${BUS}/consumer.ts`,
    snippet: 'delivery >= maxDeliveries || isHopeless(error)',
    replacement: 'delivery >= Math.min(2, maxDeliveries) || isHopeless(error)',
    breaks: 'only what failed often enough is a dead letter',
  },
  {
    name: 'bus: the hopeless is tried again',
    file: `${BUS}/backoff.ts`,
    snippet: 'return error instanceof ContinuumError && HOPELESS.has(error.code) && !error.retryable;',
    replacement: 'return HOPELESS.size < 0 && error === undefined;',
    breaks: 'what can never work is a dead letter soon',
  },
  {
    name: 'bus: no look after an error of the store',
    file: `${BUS}/consumer.ts`,
    snippet: 'sleepMs = RECHECK_MS;',
    replacement: 'sleepMs = undefined;',
    breaks: 'a consumer goes on when the store is back',
  },
  {
    name: 'bus: what a dead process had is forgotten',
    file: `${BUS}/consumer.ts`,
    snippet: 'this.#ackWaitMs + LEASE_MARGIN_MS);',
    replacement: 'Number.MAX_SAFE_INTEGER / 4);',
    breaks: 'a lease runs out',
  },
  {
    name: 'outbox: completed before it is performed',
    file: `${HOST}/outbox/lane.ts`,
    snippet: 'result = await inTime(HANDLER_MS, (signal) => perform(entry, signal));',
    replacement: `await outbox.complete(entry.id, {});
      result = await inTime(HANDLER_MS, (signal) => perform(entry, signal));`,
    breaks: 'an effect that was decided happens',
  },
  {
    name: 'outbox: another key each time',
    file: `${HOST}/outbox.ts`,
    snippet: 'idempotencyKey: entry.key,',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code.
    replacement: 'idempotencyKey: `${entry.key}#${entry.attempts}`,',
    breaks: 'an effect happens once per key',
  },
  {
    name: 'outbox: a lease of a second',
    file: `${HOST}/outbox/lane.ts`,
    snippet: 'export const LEASE_MS = 120_000;',
    replacement: 'export const LEASE_MS = 1_000;',
    breaks: 'nobody begins what somebody else is at',
  },
  {
    name: 'outbox: all is released while others run',
    file: `${HOST}/outbox.ts`,
    snippet: 'if (alone) await store.outbox.releaseAll(',
    replacement: 'await store.outbox.releaseAll(now()); if (alone) await store.outbox.releaseAll(',
    breaks: 'a process that starts leaves alone what others have in hand',
  },
  {
    name: 'outbox: requests of a dead process are forgotten',
    file: `${HOST}/outbox.ts`,
    snippet: 'new Date(now().getTime() + IN_FLIGHT_MS)',
    replacement: 'now()',
    breaks: 'an effect that is under way is not begun again',
  },
  {
    name: 'outbox: buried on the first failure',
    file: `${HOST}/outbox/lane.ts`,
    snippet: 'const final = !error.retryable || isTooOld(entry, at);',
    replacement: 'const final = true;',
    breaks: 'an effect is tried again',
  },
  {
    name: 'outbox: a refusal is tried for ever',
    file: `${HOST}/outbox/lane.ts`,
    snippet: 'const final = !error.retryable || isTooOld(entry, at);',
    replacement: 'const final = isTooOld(entry, at);',
    breaks: 'what can never work is a dead letter',
  },
  {
    name: 'outbox: a circuit never closes',
    file: `${HOST}/outbox/breaker.ts`,
    snippet: 'return now >= this.#probeAt && !this.#isProbing ? 1 : 0;',
    replacement: 'return now < 0 ? 1 : 0;',
    breaks: 'a target that is back is used again',
  },
  {
    name: 'outbox: threads lose their order',
    file: `${HOST}/outbox/lanes.ts`,
    snippet: 'inOrderOf: THREADS[name] ?? THREAD',
    replacement: 'inOrderOf: []',
    breaks: 'what is said on one pull request is said in the order it was decided',
  },
  {
    name: 'host: an event is told after the commit only',
    file: `${HOST}/tell.ts`,
    snippet: 'await enqueueEvent(store, name, payload, id);',
    replacement: '',
    breaks: 'an event is told if and only if its transaction is committed',
  },
  {
    name: 'host: an event is written before the transaction',
    file: `${HOST}/tell.ts`,
    snippet: 'await enqueueEvent(store, name, payload, id);',
    replacement: 'await enqueueEvent(parts.store, name, payload, id);',
    breaks: 'a transaction can end: what it tells is part of it',
  },
  {
    name: 'host: the audit is left out',
    file: `${HOST}/commands.ts`,
    snippet: `await audit(store.audit, name, input, context);
    return output;`,
    replacement: 'return output;',
    breaks: 'each effect stands in the audit',
  },
];

/** The mutant of this name. Throws when there is none. */
export function findMutant(name: string): Mutant {
  const found = MUTANTS.find((mutant) => mutant.name === name);
  if (found === undefined) throw new Error(`there is no mutant "${name}"`);
  return found;
}

/** The text of its file with the mutant in it. Throws unless its snippet stands there exactly once. */
export function mutate(source: string, { file, snippet, replacement }: Mutant): string {
  const parts = source.split(snippet);
  const [before, after] = parts;
  if (before === undefined || after === undefined || parts.length !== 2) {
    throw new Error(`${file} has ${parts.length - 1} places, not one, that read: ${snippet}`);
  }
  return before + replacement + after;
}
