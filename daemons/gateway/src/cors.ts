import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';

/** Whether an origin is one of a list of exact origins and of those like `https://*.example.com`, which any subdomain matches. */
export function isListed(origin: string | undefined, allowed: readonly string[]): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const { origin: given, protocol, hostname, port } = new URL(origin);
  return allowed.some((entry) => {
    if (!entry.includes('//*.')) return entry === given;
    const parent = new URL(entry.replace('//*.', '//'));
    return parent.protocol === protocol && parent.port === port && hostname.endsWith(`.${parent.hostname}`);
  });
}

/**
 * Lets pages of these origins, and no others, read answers: editors in a browser run their extensions on an origin of their own.
 * Cookies are never part of it; who may do what is still asked of every call.
 */
export function editorCors(allowed: readonly string[]): MiddlewareHandler {
  return cors({
    origin: (origin) => (isListed(origin, allowed) ? origin : null),
    allowMethods: ['GET', 'POST'],
    allowHeaders: ['authorization', 'content-type', 'last-event-id', 'x-continuum-client'],
    maxAge: 600,
  });
}
