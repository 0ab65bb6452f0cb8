import type { Commands } from '@continuum/contract/command';
import type { PersonaDefinition, Recipe, ScopeDefinition } from '@continuum/contract/persona';
import type { AnalyzerPool } from '@continuum/contract/ports/analyzer';
import type { Bus } from '@continuum/contract/ports/bus';
import type { ChatHost } from '@continuum/contract/ports/chat-host';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import type { DeliverySource } from '@continuum/contract/ports/delivery-source';
import type { Journal } from '@continuum/contract/ports/journal';
import type { LanguageModel } from '@continuum/contract/ports/language-model';
import type { LayerStore } from '@continuum/contract/ports/layer-store';
import type { Policy } from '@continuum/contract/ports/policy';
import type { Store } from '@continuum/contract/ports/store';
import type { Tracker } from '@continuum/contract/ports/tracker';
import type { Trainer } from '@continuum/contract/ports/trainer';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Settings } from './settings.ts';

/** What every process has, whichever daemons run in it. */
export interface Core {
  readonly settings: Settings;
  readonly log: Logger;
  readonly metrics: Registry;
  /** The one clock; tests hand in their own. */
  readonly now: () => Date;
  readonly store: Store;
  readonly bus: Bus;
  readonly commands: Commands;
  readonly personas: readonly PersonaDefinition[];
  readonly recipes: readonly Recipe[];
  readonly scopes: readonly ScopeDefinition[];
}

/** What is opened only where a daemon needs it. */
export interface Parts {
  readonly journal: Journal;
  readonly analyzers: AnalyzerPool;
  /** Undefined when no chat is configured. */
  readonly chatHost: ChatHost | undefined;
  /** Undefined when no code host is configured. */
  readonly codeHost: CodeHost | undefined;
  /** Senders that can be asked what they could not deliver. */
  readonly deliverySources: readonly DeliverySource[];
  /** Where tickets are; empty when none is configured. */
  readonly trackers: readonly Tracker[];
  /** Undefined when no language model is configured. */
  readonly model: LanguageModel | undefined;
  /** Trained layers on disk. */
  readonly layerStore: LayerStore;
  /** Makes layers of jobs. */
  readonly trainer: Trainer;
  /** Judges findings under a composition of layers, and pages them in. */
  readonly policy: Policy;
  /** Folder of the base model that layers belong to: config.json, model.safetensors, tokenizer.json. */
  readonly baseFolder: string;
}

export type PartName = keyof Parts;

/** Everything a daemon may use: ports, never adapters. Built once by `compose`; each daemon says which parts it needs. */
export interface Runtime extends Core, Parts {}

/** A part of the system that starts, works on events and commands, and stops. */
export interface Daemon {
  readonly name: string;
  start(): Promise<void>;
  /** Finishes work in flight, then resolves. Idempotent. */
  stop(): Promise<void>;
}
