import type { Commands } from '@continuum/contract/command';
import type { Runtime } from '@continuum/host/runtime';
import type { Settings } from '@continuum/host/settings';

/** What intake needs of the runtime, and nothing else: a simulator hands in these parts. */
export type IntakeRuntime = Pick<Runtime, 'journal' | 'bus' | 'log' | 'now' | 'metrics'> & {
  readonly settings: Pick<Settings, 'webhookSecrets' | 'databaseUrl' | 'nats'>;
  readonly commands: Pick<Commands, 'register'>;
};
