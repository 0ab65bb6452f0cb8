import { createHash, timingSafeEqual } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';
import type { Settings } from '@continuum/host/settings';
import type { MiddlewareHandler } from 'hono';
import { isListed } from './cors.ts';

/** Scripts and styles only from this server, nothing inline, never in a frame. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Sets the security headers on every answer. */
export function securityHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value);
  };
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Who may use the API. With a token: whoever carries it as Bearer. Without one we are on loopback, where a browser is
 * the danger: a foreign Host (DNS rebinding) and a foreign Origin on changing methods (CSRF) are refused, unless it is listed.
 * Throws UNAUTHORIZED or FORBIDDEN.
 */
export function accessGuard(settings: Pick<Settings, 'token' | 'editorOrigins'>): MiddlewareHandler {
  const { token, editorOrigins } = settings;
  return async (c, next) => {
    if (token === undefined) assertLoopbackHost(c.req.header('host'));
    else assertBearer(token, c.req.header('authorization'));
    if (!SAFE_METHODS.has(c.req.method) && !isListed(c.req.header('origin'), editorOrigins)) {
      assertSameOrigin(c.req.header('origin'), c.req.header('sec-fetch-site'), c.req.header('host'));
    }
    await next();
  };
}

/** Refuses pages (and so the dashboard) under a foreign Host while no token protects the API. Throws FORBIDDEN. */
export function hostGuard(settings: Pick<Settings, 'token'>): MiddlewareHandler {
  return async (c, next) => {
    if (settings.token === undefined) assertLoopbackHost(c.req.header('host'));
    await next();
  };
}

function assertBearer(token: string, header: string | undefined): void {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (given !== undefined && sameSecret(given, token)) return;
  throw new ContinuumError('UNAUTHORIZED', 'this needs the token of this server', {
    next: 'Send Authorization: Bearer with the value of CONTINUUM_TOKEN.',
  });
}

/** Digests first: equal lengths for the comparison, and nothing to learn from its time. */
function sameSecret(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const LOOPBACK_NAME = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|(?:[a-z0-9-]+\.)*localhost)$/i;

/** Is the host part of a Host header this machine itself? */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_NAME.test(host.replace(/:\d{1,5}$/, ''));
}

function assertLoopbackHost(host: string | undefined): void {
  if (host !== undefined && isLoopbackHost(host)) return;
  throw new ContinuumError('FORBIDDEN', 'this server answers to loopback names only', {
    next: 'Open it as http://127.0.0.1, or set HOST and CONTINUUM_TOKEN to serve other names.',
  });
}

function assertSameOrigin(origin: string | undefined, site: string | undefined, host: string | undefined): void {
  const foreign = origin !== undefined && hostOf(origin) !== host?.toLowerCase();
  if (!foreign && site !== 'cross-site') return;
  throw new ContinuumError('FORBIDDEN', 'requests from other web sites change nothing here', {
    next: 'Use the dashboard of this server, or a client that sends no Origin header.',
  });
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** Every changing API call carries JSON, which no foreign form can send without a preflight. Throws INVALID_INPUT. */
export function jsonOnly(): MiddlewareHandler {
  return async (c, next) => {
    const type = c.req.header('content-type') ?? '';
    if (c.req.method === 'POST' && !/^application\/json\b/i.test(type)) {
      throw new ContinuumError('INVALID_INPUT', 'the body has to be JSON', {
        next: 'Send Content-Type: application/json.',
      });
    }
    await next();
  };
}
