import type { Commands } from '@continuum/contract/command';
import type { Bus } from '@continuum/contract/ports/bus';
import type { Runtime } from '@continuum/host/runtime';
import type { Settings } from '@continuum/host/settings';

/** What intake needs of the runtime, and nothing else: a simulator hands in these parts. */
export type IntakeRuntime = Pick<Runtime, 'journal' | 'log' | 'now' | 'metrics'> & {
  readonly bus: Pick<Bus, 'emit'>;
  readonly settings: Pick<Settings, 'webhookSecrets' | 'databaseUrl' | 'nats'>;
  readonly commands: Pick<Commands, 'register'>;
};
