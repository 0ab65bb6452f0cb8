import { fileURLToPath } from 'node:url';
import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/** Settings by their environment names; an empty value counts as absent. */
const Environment = z.object({
  PORT: port.default(4000),
  HOST: z.string().default('127.0.0.1'),
  /** Needed on every `/api` call when HOST is not loopback. */
  CONTINUUM_TOKEN: z.string().min(16, 'use at least 16 characters').optional(),
  CONTINUUM_HOME: z.string().default('.continuum'),
  /** People who may teach besides those with write permission on the code host. */
  CONTINUUM_TEACHERS: list.optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  DATABASE_URL: z.string().optional(),
  NATS_URL: z.string().optional(),
  GITHUB_WEBHOOK_SECRET: z.string().optional(),
  GITHUB_TOKEN: z.string().optional(),
  GITHUB_APP_ID: z.string().optional(),
  GITHUB_APP_PRIVATE_KEY: z.string().optional(),
  GITHUB_API_URL: z.url().default('https://api.github.com'),
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

export interface LayerHostSettings {
  readonly baseFolder: string;
  readonly host: z.infer<typeof Environment>['LAYER_HOST'];
  readonly url: string | undefined;
  readonly model: string | undefined;
  readonly budgetBytes: number;
}

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly token: string | undefined;
  readonly home: string;
  readonly teachers: readonly string[];
  readonly logLevel: z.infer<typeof Environment>['LOG_LEVEL'];
  readonly databaseUrl: string | undefined;
  readonly natsUrl: string | undefined;
  /** Webhook secrets by source; a source without one is off. */
  readonly webhookSecrets: Readonly<Partial<Record<string, string>>>;
  readonly github: {
    readonly apiUrl: string;
    readonly token: string | undefined;
    readonly app: { readonly id: string; readonly privateKey: string } | undefined;
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
    natsUrl: env.NATS_URL,
    webhookSecrets: env.GITHUB_WEBHOOK_SECRET === undefined ? {} : { github: env.GITHUB_WEBHOOK_SECRET },
    github: { apiUrl: env.GITHUB_API_URL, token: env.GITHUB_TOKEN, app: githubApp(env) },
    openai: openai(env),
    layers: layers(env),
    trainer: { kind: env.TRAINER, command: env.TRAINER_COMMAND },
  };
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
