import { createPersonaDaemon } from '@continuum/daemon-persona/daemon';
import { createTrainingDaemon } from '@continuum/daemon-training/daemon';
import { compose } from '@continuum/host/compose';
import type { Core } from '@continuum/host/runtime';
import type { Settings } from '@continuum/host/settings';
import { supervise } from '@continuum/host/supervise';

/** Personas and learning without anything around them: for a process that reviews once and ends. */
export interface Reviewer {
  readonly runtime: Core;
  /** Everything that was said is learned. Rejects after a minute. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const SETTLE_MS = 60_000;

/**
 * Opens a reviewer over a home of its own. It serves nothing and has no outbox, so nothing it decides reaches anybody outside
 * by itself. Throws what its parts throw, and then nothing is left open.
 */
export async function openReviewer(settings: Settings, root: string): Promise<Reviewer> {
  const needs = ['analyzers', 'codeHost', 'model', 'policy', 'layerStore', 'trainer', 'baseFolder'] as const;
  const composition = await compose(settings, root, needs);
  const { runtime } = composition;
  // It speaks to nobody: what it reads of tickets and says in chats would come from a process that is gone in a minute.
  const alone = { ...runtime, chatHost: undefined, trackers: [] };
  const staff = supervise([createTrainingDaemon(runtime), createPersonaDaemon(alone)], runtime.log);
  try {
    await staff.start();
  } catch (error) {
    await composition.close();
    throw error;
  }
  return {
    runtime,
    settled: () => runtime.bus.idle(SETTLE_MS),
    async close() {
      await staff.stop(settings.drainMs);
      await composition.close();
    },
  };
}
