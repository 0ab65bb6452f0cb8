import { ContinuumError } from '@continuum/contract/errors';
import { LESSONS_FILE } from '@continuum/contract/lesson';
import { z } from 'zod';

/** `INPUT_FAIL_ON` of an empty input is an empty text: then the default holds. */
function input<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema);
}

const Flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** What the runner hands over, by the names of the variables. */
const Environment = z.object({
  GITHUB_EVENT_NAME: z.string().min(1),
  GITHUB_EVENT_PATH: z.string().min(1),
  GITHUB_WORKSPACE: z.string().min(1),
  GITHUB_API_URL: z.url().default('https://api.github.com'),
  GITHUB_OUTPUT: z.string().optional(),
  GITHUB_STEP_SUMMARY: z.string().optional(),
  RUNNER_TEMP: z.string().optional(),
  GITHUB_THROTTLE: z.enum(['on', 'off']).default('on'),
  INPUT_TOKEN: input(z.string().optional()),
  INPUT_FAIL_ON: input(z.enum(['critical', 'high', 'never']).default('never')),
  INPUT_SARIF_FILE: input(z.string().default('continuum.sarif')),
  INPUT_LEARN: input(z.enum(['folder', 'none']).default('folder')),
  INPUT_LESSONS_FILE: input(z.string().default(LESSONS_FILE)),
  INPUT_COMMENT: input(Flag.default(true)),
  INPUT_CAP: input(z.coerce.number().int().min(1).max(1000).optional()),
  INPUT_SERVER_URL: input(z.url({ protocol: /^https?$/ }).optional()),
  INPUT_SERVER_TOKEN: input(z.string().optional()),
});

export interface ActionInputs {
  readonly eventName: string;
  readonly eventPath: string;
  readonly workspace: string;
  readonly temp: string | undefined;
  readonly outputFile: string | undefined;
  readonly summaryFile: string | undefined;
  readonly github: { readonly apiUrl: string; readonly token: string | undefined; readonly throttle: boolean };
  readonly failOn: 'critical' | 'high' | 'never';
  /** Relative to the workspace, as all files here. */
  readonly sarifFile: string;
  readonly learn: 'folder' | 'none';
  readonly lessonsFile: string;
  readonly comment: boolean;
  readonly cap: number | undefined;
  /** Who is asked for the review; it is done here when absent. */
  readonly server: { readonly url: string; readonly token: string | undefined } | undefined;
}

/** Inputs of the action from the environment of its step. Throws CONFIG_INVALID naming what is wrong, never a value. */
export function readInputs(environment: Readonly<Record<string, string | undefined>>): ActionInputs {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new ContinuumError('CONFIG_INVALID', `this is no step of a workflow: ${problems.join('; ')}`, {
      next: 'Use it as docs/action.md shows; continuum review reviews outside of GitHub Actions.',
    });
  }
  const env = parsed.data;
  return {
    eventName: env.GITHUB_EVENT_NAME,
    eventPath: env.GITHUB_EVENT_PATH,
    workspace: env.GITHUB_WORKSPACE,
    temp: env.RUNNER_TEMP,
    outputFile: env.GITHUB_OUTPUT,
    summaryFile: env.GITHUB_STEP_SUMMARY,
    github: { apiUrl: env.GITHUB_API_URL, token: env.INPUT_TOKEN, throttle: env.GITHUB_THROTTLE === 'on' },
    failOn: env.INPUT_FAIL_ON,
    sarifFile: env.INPUT_SARIF_FILE,
    learn: env.INPUT_LEARN,
    lessonsFile: env.INPUT_LESSONS_FILE,
    comment: env.INPUT_COMMENT,
    cap: env.INPUT_CAP,
    server:
      env.INPUT_SERVER_URL === undefined ? undefined : { url: env.INPUT_SERVER_URL, token: env.INPUT_SERVER_TOKEN },
  };
}
