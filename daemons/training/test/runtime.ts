import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBus } from '@continuum/bus/embedded';
import { Finding, Review } from '@continuum/contract/finding';
import { newId } from '@continuum/contract/ids';
import type { Permission } from '@continuum/contract/learning';
import { ScopeDefinition } from '@continuum/contract/persona';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import { Message, Room } from '@continuum/contract/room';
import { createCommands } from '@continuum/host/commands';
import type { Runtime } from '@continuum/host/runtime';
import { readSettings } from '@continuum/host/settings';
import { openPgliteStore } from '@continuum/store/pglite';
import { createMemoryLayerStore, createScriptedPolicy, createSteppingTrainer } from '@continuum/testing/layers';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createTrainingDaemon } from '../src/daemon.ts';
import { createLayerTraining, type LayerTraining } from '../src/layers/layers.ts';

const AT = '2026-01-01T00:00:00.000Z';

function unused(): never {
  throw new Error('the training daemon must not use this');
}

/** A code host that knows permissions and nothing else; `fail` makes the next question fail. */
export function permissionsOf(known: Readonly<Record<string, Permission>>): CodeHost & { fail(error: Error): void } {
  let failure: Error | undefined;
  return {
    id: 'github',
    fail(error) {
      failure = error;
    },
    async permission(_repo, login) {
      const error = failure;
      failure = undefined;
      if (error !== undefined) throw error;
      return known[login] ?? 'none';
    },
    pullRequest: () => unused(),
    changeSet: () => unused(),
    changedSince: () => unused(),
    context: () => unused(),
    file: () => unused(),
    voices: () => unused(),
    publishCheck: () => unused(),
    resolveThread: () => unused(),
    react: () => unused(),
    publishReview: () => unused(),
    upsertSummary: () => unused(),
    comment: () => unused(),
  };
}

export interface TestSystem {
  readonly runtime: Runtime;
  /** Everything emitted so far has been handled. */
  settled(): Promise<void>;
  /** Stops the daemon and nothing else. */
  stopDaemon(): Promise<void>;
  /** The training of layers in a process that has just started, over the same store. */
  layersAnew(parts?: LayerParts): LayerTraining;
  close(): Promise<void>;
}

const SCOPES = ['/', '/security/', '/security/auth/'].map((id) =>
  ScopeDefinition.parse({ id, description: id, paths: ['**'] }),
);

/** Parts that make and judge layers, where a test brings its own. */
export type LayerParts = Partial<Pick<Runtime, 'layerStore' | 'trainer' | 'policy' | 'now'>>;

function layerParts(given: LayerParts) {
  return {
    baseFolder: '/base',
    layerStore: createMemoryLayerStore(),
    trainer: createSteppingTrainer(),
    policy: createScriptedPolicy(),
    ...given,
  };
}

/** The training daemon on a real store and bus, in a folder of its own unless one is given. */
export async function startTraining(
  codeHost?: CodeHost,
  layers: LayerParts = {},
  folder?: string,
): Promise<TestSystem> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'training-')));
  const now = () => new Date();
  const log = pino({ level: 'silent' });
  const store = await openPgliteStore({ folder: join(home, 'store'), now });
  const bus = createEmbeddedBus({ stream: store.stream, now, log });
  const runtime: Runtime = {
    ...{ log, now, store, bus, codeHost, model: undefined, personas: [], recipes: [], scopes: SCOPES },
    deliverySources: [],
    ...layerParts(layers),
    commands: createCommands(store),
    settings: readSettings({ PORT: '0', CONTINUUM_HOME: home, CONTINUUM_TEACHERS: 'teacher' }),
    metrics: new Registry(),
    journal: {
      ...{ append: unused, pending: unused, pendingBytes: unused, checkpoint: unused, all: unused, close: unused },
      ...{ since: unused, find: unused, copyTo: unused },
    },
    analyzers: { analyzers: [], analyze: unused, close: unused },
  };
  await store.rooms.upsert(Room.parse({ id: 'dev-updates', title: 'Dev updates', scope: '/', at: AT }));
  const daemon = createTrainingDaemon(runtime);
  await daemon.start();
  const close = async () => {
    await daemon.stop();
    await bus.close();
    await store.close();
    await rm(home, { recursive: true, force: true });
  };
  const layersAnew = (parts: LayerParts = {}) =>
    createLayerTraining({ ...runtime, ...parts, commands: createCommands(store), metrics: new Registry() });
  return { runtime, settled: () => bus.idle(10_000), stopDaemon: () => daemon.stop(), layersAnew, close };
}

/** A posted finding with its announcement in the room. */
export async function postFinding(
  { store }: Runtime,
  changes: Partial<Record<keyof Finding, unknown>> = {},
): Promise<{ finding: Finding; root: Message }> {
  const review = Review.parse({
    ...{ id: newId('rev'), repo: 'local/shop', title: 'x', trigger: 'api', key: newId('key'), status: 'running' },
    stats: { files: 1, addedLines: 1, candidates: 1, posted: 1, withheld: 0, ms: 1 },
    ...{ skipped: [], at: AT },
  });
  const finding = Finding.parse({
    ...{ id: newId('fnd'), reviewId: review.id, repo: 'local/shop', rule: 'ast/js-sql', category: 'security' },
    ...{ severity: 'high', confidence: 0.9, path: 'src/db.ts', line: 15, endLine: 15, evidence: 'db.query(sql)' },
    ...{ title: 'SQL from input', message: 'Use parameters.', fingerprint: newId('fp'), persona: 'security-ai' },
    facts: {
      ...{ language: 'typescript', pathClass: 'source', role: 'argument', origins: ['request'], guards: [] },
      ...{ sanitizers: [], enclosing: [], functionName: '', exported: false, callee: 'db.query', frameworks: [] },
    },
    ...{ scope: '/security/', judgement: { verdict: 'post', score: 0.9, why: [] }, status: 'posted', at: AT },
    ...changes,
  });
  await store.reviews.begin(review);
  await store.reviews.finish({ ...review, status: 'done' }, [finding]);
  const persona = { kind: 'persona', id: 'security-ai', name: 'Security AI' };
  const root = message({ author: persona, findingId: finding.id, text: 'SQL from input' });
  await store.rooms.addMessage(root);
  return { finding, root };
}

export function message(changes: Record<string, unknown>): Message {
  return Message.parse({
    ...{ id: newId('msg'), roomId: 'dev-updates', threadId: null, replyTo: null, source: { kind: 'web' }, at: AT },
    ...{ author: { kind: 'person', id: 'ann', name: 'Ann' } },
    ...changes,
  });
}

/** Somebody answers in the thread of a message. */
export async function reply(runtime: Runtime, to: Message, changes: Record<string, unknown>): Promise<Message> {
  const answer = message({ threadId: to.threadId ?? to.id, replyTo: to.id, ...changes });
  await runtime.store.rooms.addMessage(answer);
  await runtime.bus.emit('room:message', { messageId: answer.id, roomId: answer.roomId });
  return answer;
}
