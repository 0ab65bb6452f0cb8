import { createHash, createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { type Env, refuse, repoAt } from './answers.ts';
import { INSTALLATION_ID } from './conversation.ts';
import { toUser } from './shapes.ts';
import type { State } from './state.ts';

/** The fake's GitHub App: its id and the private key that signs its tokens. */
export interface AppAuth {
  readonly id: string;
  /** PEM, PKCS #8; made on first use. */
  privateKey(): string;
  /** Is this a token that the app was given, or one it signed itself? */
  accepts(token: string): boolean;
  /** Is it a JSON Web Token signed by the app's key and still valid? */
  isApp(token: string): boolean;
  issue(): { readonly token: string; readonly expiresAt: string };
}

/** A GitHub App with a fresh key pair. */
export function createAppAuth(id: string): AppAuth {
  let key: string | undefined;
  const issued = new Set<string>();
  const privateKey = (): string => {
    key ??= generateKeyPairSync('rsa', { modulusLength: 2048 })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
    return key;
  };
  const isApp = (token: string): boolean => key !== undefined && verifyJwt(token, id, key);
  return {
    id,
    privateKey,
    isApp,
    accepts: (token) => issued.has(token) || isApp(token),
    issue: () => {
      const token = `ghs_${createHash('sha256').update(randomBytes(32)).digest('hex').slice(0, 36)}`;
      issued.add(token);
      return { token, expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
    },
  };
}

/** RS256 over `header.payload`, issuer and expiry checked (RFC 7519). */
function verifyJwt(token: string, issuer: string, privateKey: string): boolean {
  const [header = '', payload = '', signature = '', ...rest] = token.split('.');
  if (rest.length > 0 || signature === '') return false;
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify('sha256', signed, createPublicKey(privateKey), Buffer.from(signature, 'base64url'))) return false;
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  if (typeof claims !== 'object' || claims === null || !('iss' in claims) || !('exp' in claims)) return false;
  return String(claims.iss) === issuer && Number(claims.exp) * 1000 > Date.now();
}

/** The routes of App authentication. */
export function addAppAuth(app: Hono<Env>, state: State, auth: AppAuth): void {
  const asApp = (c: Context<Env>): boolean => {
    const token = (c.req.header('authorization') ?? '').replace(/^bearer /i, '');
    return auth.isApp(token);
  };
  const wrong = 'A JSON web token could not be decoded';
  app.get('/app', (c) =>
    asApp(c)
      ? c.json({ id: Number(auth.id), slug: 'continuum', name: 'continuum', owner: toUser(state, 'acme') })
      : refuse(c, 401, wrong),
  );
  app.get('/repos/:owner/:repo/installation', (c) => {
    if (!asApp(c)) return refuse(c, 401, wrong);
    if (repoAt(c, state) === undefined) return refuse(c, 404, 'Not Found');
    const permissions = {
      checks: 'write',
      contents: 'write',
      issues: 'write',
      metadata: 'read',
      pull_requests: 'write',
    };
    const about = { app_id: Number(auth.id), app_slug: 'continuum', target_type: 'Organization', suspended_at: null };
    return c.json({ id: INSTALLATION_ID, ...about, permissions });
  });
  app.post('/app/installations/:id/access_tokens', (c) => {
    if (!asApp(c)) return refuse(c, 401, wrong);
    const { token, expiresAt } = auth.issue();
    const permissions = { contents: 'read', issues: 'write', metadata: 'read', pull_requests: 'write' };
    return c.json({ token, expires_at: expiresAt, permissions, repository_selection: 'all' }, 201);
  });
}
