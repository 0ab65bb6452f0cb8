import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RepoName } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';
import {
  type SlackSettings,
  SourceEnvironment,
  slackSettings,
  type TrackerSettings,
  trackerSettings,
  type WebhookSecrets,
  webhookSecrets,
} from './settings/sources.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/** An address of one of these schemes; what was given is never repeated, it may carry a password. */
function address(schemes: readonly string[], example: string): z.ZodType<string, string> {
  return z
    .string()
    .refine((text) => schemes.includes(URL.parse(text)?.protocol ?? ''), `use an address such as ${example}`);
}

/** Settings by their environment names; an empty value counts as absent. */
const Environment = SourceEnvironment.extend({
  PORT: port.default(4000),
  HOST: z.string().default('127.0.0.1'),
  /** Needed on every `/api` call when HOST is not loopback. */
  CONTINUUM_TOKEN: z.string().min(16, 'use at least 16 characters').optional(),
  CONTINUUM_HOME: z.string().default('.continuum'),
  /** People who may teach besides those with write permission on the code host. */
  CONTINUUM_TEACHERS: list.optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** A PostgreSQL that several processes share; the embedded store when absent. */
  DATABASE_URL: address(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/database').optional(),
  /** Connections to PostgreSQL that one process holds at most. */
  DATABASE_POOL: z.coerce.number().int().min(2).max(500).default(10),
  /** NATS servers, separated by commas; the embedded bus when absent. */
  NATS_URL: list
    .pipe(
      z
        .array(address(['nats:', 'tls:'], 'nats://host:4222'))
        .min(1)
        .max(16),
    )
    .optional(),
  /** Copies that JetStream keeps of every event; 3 for a cluster of three. */
  NATS_REPLICAS: z
    .enum(['1', '3', '5'])
    .default('1')
    .transform((text) => Number(text)),
  /** First word of streams and subjects: deployments that share NATS servers differ in it. */
  NATS_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'use 1 to 32 small letters, digits and hyphens')
    .default('continuum'),
  /** Folder of layers, their keys and training jobs; on several machines a shared volume, at the same path everywhere. */
  CONTINUUM_GENOME: z.string().optional(),
  /** Folder of the team's own personas, recipes and scopes; CONTINUUM_HOME when absent. */
  CONTINUUM_DEFINITIONS: z.string().optional(),
  /** Name of this process among the others. */
  CONTINUUM_INSTANCE: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'use 1 to 64 letters, digits, dots, underscores and hyphens')
    .optional(),
  /** How long work in hand may take at a stop before it is left to others. */
  DRAIN_SECONDS: z.coerce.number().min(0).max(3600).default(30),
  /** MiB that intake leaves free on its disk: below, deliveries are refused and come again later. */
  DISK_RESERVE_MB: z.coerce.number().int().min(0).default(512),
  GITHUB_WEBHOOK_SECRET: z.string().optional(),
  GITHUB_TOKEN: z.string().optional(),
  GITHUB_APP_ID: z.string().optional(),
  GITHUB_APP_PRIVATE_KEY: z.string().optional(),
  /** `owner/name` by commas: whose missed deliveries a token asks for, besides repositories that were reviewed lately. */
  GITHUB_REPOSITORIES: list.pipe(z.array(RepoName)).optional(),
  GITHUB_API_URL: z.url().default('https://api.github.com'),
  /** Spread writes as github.com asks, one in one to three seconds; off for a GitHub Enterprise server without rate limits. */
  GITHUB_THROTTLE: z.enum(['on', 'off']).default('on'),
  /** How long one request to GitHub may take. */
  GITHUB_TIMEOUT_SECONDS: z.coerce.number().min(1).max(600).default(30),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: z.url().optional(),
  OPENAI_MODEL: z.string().default('gpt-4.1-mini'),
  /** Folder of the base model that layers belong to; the one that ships when absent. */
  BASE_MODEL_FOLDER: z.string().optional(),
  LAYER_HOST: z.enum(['embedded', 'llama', 'llama-server', 'vllm', 'lorax', 'ollama']).default('embedded'),
  LAYER_HOST_URL: z.url().optional(),
  /** The server's own name of the base model. */
  LAYER_HOST_MODEL: z.string().optional(),
  /** MiB of layers that may lie in memory. */
  LAYER_BUDGET_MB: z.coerce.number().int().min(1).default(256),
  TRAINER: z.enum(['embedded', 'python', 'remote']).default('embedded'),
  /** The Python that has the project of packages/trainers/python installed. */
  TRAINER_COMMAND: z.string().default('python3'),
});

/** Names of all environment variables that are settings. */
export const SETTING_NAMES: ReadonlySet<string> = new Set(Object.keys(Environment.shape));

export interface LayerHostSettings {
  readonly baseFolder: string;
  readonly host: z.infer<typeof Environment>['LAYER_HOST'];
  readonly url: string | undefined;
  readonly model: string | undefined;
  readonly budgetBytes: number;
}

export interface NatsSettings {
  /** One or several of a cluster. */
  readonly servers: readonly string[];
  /** Copies that JetStream keeps. */
  readonly replicas: number;
  /** First word of streams and subjects. */
  readonly prefix: string;
}

/** What processes that train, keep and use layers share; absolute. */
export interface GenomeFolders {
  /** Layers and what hosts make of them. */
  readonly folder: string;
  /** Keys that layers are signed with. */
  readonly keys: string;
  /** Training jobs with their checkpoints. */
  readonly jobs: string;
}

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly token: string | undefined;
  readonly home: string;
  readonly teachers: readonly string[];
  readonly logLevel: z.infer<typeof Environment>['LOG_LEVEL'];
  readonly databaseUrl: string | undefined;
  /** Connections to PostgreSQL at most. */
  readonly databasePool: number;
  readonly nats: NatsSettings | undefined;
  readonly genome: GenomeFolders;
  /** Folder of the team's own personas, recipes and scopes. */
  readonly definitions: string;
  /** Name of this process among the others. */
  readonly instance: string;
  /** Time for work in hand at a stop, in ms. */
  readonly drainMs: number;
  /** Bytes that the journal leaves free on its disk. */
  readonly diskReserveBytes: number;
  readonly webhookSecrets: WebhookSecrets;
  readonly slack: SlackSettings;
  readonly trackers: TrackerSettings;
  /** Origins whose pages may use the API, besides our own; `*.` stands for any subdomain. */
  readonly editorOrigins: readonly string[];
  readonly github: {
    readonly apiUrl: string;
    readonly token: string | undefined;
    readonly app: { readonly id: string; readonly privateKey: string } | undefined;
    /** Are writes spread as github.com asks? */
    readonly throttle: boolean;
    /** For one request. */
    readonly timeoutMs: number;
    /** `owner/name` whose webhooks a token asks, besides those it knows anyway. */
    readonly repositories: readonly string[];
  };
  readonly openai:
    | { readonly apiKey: string; readonly baseUrl: string | undefined; readonly model: string }
    | undefined;
  readonly layers: LayerHostSettings;
  readonly trainer: { readonly kind: z.infer<typeof Environment>['TRAINER']; readonly command: string };
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);

/** Settings from environment variables. Throws CONFIG_INVALID naming every variable that is wrong, never its value. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Environment.safeParse(present);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new ContinuumError('CONFIG_INVALID', `settings are wrong: ${problems}`, {
      next: 'Correct these environment variables and start again; the README lists all of them.',
    });
  }
  return toSettings(parsed.data);
}

function toSettings(env: z.infer<typeof Environment>): Settings {
  if (!LOOPBACK.has(env.HOST) && env.CONTINUUM_TOKEN === undefined) {
    throw new ContinuumError(
      'CONFIG_INVALID',
      `HOST=${env.HOST} is reachable from outside and CONTINUUM_TOKEN is not set`,
      {
        next: 'Set CONTINUUM_TOKEN to a long random value, or leave HOST unset to stay on loopback.',
      },
    );
  }
  return {
    port: env.PORT,
    host: env.HOST,
    token: env.CONTINUUM_TOKEN,
    home: env.CONTINUUM_HOME,
    teachers: env.CONTINUUM_TEACHERS ?? [],
    logLevel: env.LOG_LEVEL,
    databaseUrl: env.DATABASE_URL,
    databasePool: env.DATABASE_POOL,
    nats: nats(env),
    genome: genomeFolders(env),
    definitions: env.CONTINUUM_DEFINITIONS ?? env.CONTINUUM_HOME,
    instance:
      env.CONTINUUM_INSTANCE ??
      `${hostname()
        .replaceAll(/[^A-Za-z0-9._-]/g, '-')
        .slice(0, 48)}-${process.pid}`,
    drainMs: env.DRAIN_SECONDS * 1000,
    diskReserveBytes: env.DISK_RESERVE_MB * 1024 ** 2,
    webhookSecrets: webhookSecrets(env),
    slack: slackSettings(env),
    trackers: trackerSettings(env),
    editorOrigins: env.EDITOR_ORIGINS ?? [],
    github: {
      apiUrl: env.GITHUB_API_URL,
      token: env.GITHUB_TOKEN,
      app: githubApp(env),
      throttle: env.GITHUB_THROTTLE === 'on',
      timeoutMs: env.GITHUB_TIMEOUT_SECONDS * 1000,
      repositories: env.GITHUB_REPOSITORIES ?? [],
    },
    openai: openai(env),
    layers: layers(env),
    trainer: { kind: env.TRAINER, command: env.TRAINER_COMMAND },
  };
}

function nats({ NATS_URL, NATS_REPLICAS, NATS_PREFIX }: z.infer<typeof Environment>): NatsSettings | undefined {
  return NATS_URL === undefined ? undefined : { servers: NATS_URL, replicas: NATS_REPLICAS, prefix: NATS_PREFIX };
}

/** One folder for everything that is shared when it is named, else the places under the home of the process. */
function genomeFolders({ CONTINUUM_GENOME: shared, CONTINUUM_HOME: home }: z.infer<typeof Environment>): GenomeFolders {
  const at = (...parts: string[]): string => resolve(join(...parts));
  if (shared === undefined) return { folder: at(home, 'genome'), keys: at(home, 'keys'), jobs: at(home, 'training') };
  return { folder: at(shared), keys: at(shared, 'keys'), jobs: at(shared, 'training') };
}

function githubApp(env: z.infer<typeof Environment>): Settings['github']['app'] {
  if (env.GITHUB_APP_ID === undefined || env.GITHUB_APP_PRIVATE_KEY === undefined) return undefined;
  // Keys in environment files often carry their line ends as the two characters \n.
  return { id: env.GITHUB_APP_ID, privateKey: env.GITHUB_APP_PRIVATE_KEY.replaceAll('\\n', '\n') };
}

/** The base model that ships with the project. */
const SHIPPED_BASE = fileURLToPath(new URL('../base', import.meta.resolve('@continuum/transformer/engine')));

function layers(env: z.infer<typeof Environment>): LayerHostSettings {
  return {
    baseFolder: env.BASE_MODEL_FOLDER ?? SHIPPED_BASE,
    host: env.LAYER_HOST,
    url: env.LAYER_HOST_URL,
    model: env.LAYER_HOST_MODEL,
    budgetBytes: env.LAYER_BUDGET_MB * 1024 ** 2,
  };
}

function openai(env: z.infer<typeof Environment>): Settings['openai'] {
  if (env.OPENAI_API_KEY === undefined && env.OPENAI_BASE_URL === undefined) return undefined;
  // Local servers take any key, but the client insists on one.
  return { apiKey: env.OPENAI_API_KEY ?? 'not-needed', baseUrl: env.OPENAI_BASE_URL, model: env.OPENAI_MODEL };
}
