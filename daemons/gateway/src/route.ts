import { ErrorBody } from '@continuum/contract/http';
import { createRoute, OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import { type ZodType, z } from 'zod';
import { invalidInput } from './answers.ts';

/** A Hono app whose routes are described in `/openapi.json` and whose input errors name the fields. */
export function createApp(): OpenAPIHono {
  return new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw invalidInput(result.target, result.error);
    },
  });
}

const FAILURES = {
  400: 'The request is not well formed; the message names the fields',
  401: 'A token is set and the request does not carry it',
  403: 'Not allowed',
  404: 'Not there',
  413: 'The body is too large',
  500: 'Something went wrong inside',
  503: 'Not configured, or overloaded: see Retry-After',
};

/** The answers of a route: one that succeeds, and the errors all routes share. */
export function answers(
  description: string,
  schema?: ZodType,
  { status = 200, type = 'application/json' } = {},
): RouteConfig['responses'] {
  const failures = Object.entries(FAILURES).map(([code, text]) => [
    code,
    { description: text, content: { 'application/json': { schema: ErrorBody } } },
  ]);
  const success = { description, ...(schema === undefined ? {} : { content: { [type]: { schema } } }) };
  return { ...Object.fromEntries(failures), [status]: success };
}

/** A required JSON body. */
export function jsonBody<T extends ZodType>(schema: T) {
  return { content: { 'application/json': { schema } }, required: true as const };
}

/** A number in the query string. */
export function queryNumber(min: number, max: number) {
  return z.coerce.number().int().min(min).max(max);
}

/** Most rows of a page, default 100. */
export const Limit = queryNumber(1, 1000).default(100);

export { createRoute };
