import { createHash, createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { z } from 'zod';
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
  issue(scope: Scope): { readonly token: string; readonly expiresAt: string };
  /** What an installation's token may do; undefined for every other token. */
  scopeOf(token: string): Scope | undefined;
  readonly installation: Installation;
  /** Ends every token of the installation. */
  revoke(): void;
}

type Level = 'read' | 'write';

/** What one token reaches. */
export interface Scope {
  /** Names without their owner; undefined for all. */
  readonly repositories: readonly string[] | undefined;
  readonly permissions: Readonly<Record<string, Level>>;
}

/** The App's installation on every repository. */
export interface Installation {
  id: number;
  state: 'installed' | 'suspended' | 'removed';
  permissions: Readonly<Record<string, Level>>;
}

/** A GitHub App with a fresh key pair. */
export function createAppAuth(id: string): AppAuth {
  let key: string | undefined;
  const issued = new Map<string, Scope>();
  const permissions = { checks: 'write', contents: 'write', issues: 'write', pull_requests: 'write' } as const;
  const installation: Installation = {
    ...{ id: INSTALLATION_ID, state: 'installed', permissions: { ...permissions, metadata: 'read' } },
  };
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
    installation,
    scopeOf: (token) => issued.get(token),
    revoke: () => issued.clear(),
    issue: (scope) => {
      const token = `ghs_${createHash('sha256').update(randomBytes(32)).digest('hex').slice(0, 36)}`;
      issued.set(token, scope);
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
    const { id, state: standing, permissions } = auth.installation;
    if (standing === 'removed') return refuse(c, 404, 'Not Found');
    const about = { app_id: Number(auth.id), app_slug: 'continuum', target_type: 'Organization' };
    return c.json({ id, ...about, permissions, suspended_at: standing === 'suspended' ? state.now() : null });
  });
  app.post('/app/installations/:id/access_tokens', async (c) =>
    asApp(c) ? issueToken(c, state, auth) : refuse(c, 401, wrong),
  );
}

const Narrowing = z.object({
  repositories: z.array(z.string()).optional(),
  permissions: z.record(z.string(), z.enum(['read', 'write'])).optional(),
});

/** GitHub refuses a token that would reach further than its installation. */
async function issueToken(c: Context<Env>, state: State, auth: AppAuth): Promise<Response> {
  const { id, state: standing, permissions: granted } = auth.installation;
  if (standing === 'removed' || Number(c.req.param('id')) !== id) return refuse(c, 404, 'Not Found');
  if (standing === 'suspended') return refuse(c, 403, 'This installation has been suspended');
  const { repositories, permissions = granted } = Narrowing.parse(await c.req.json().catch(() => ({})));
  const names = new Set([...state.repos.values()].map(({ name }) => name));
  if (repositories?.some((name) => !names.has(name)) === true)
    return refuse(c, 422, 'There is at least one repository that does not exist or is not accessible.');
  const exceeds = ([name, level]: [string, string]): boolean =>
    granted[name] === undefined || (level === 'write' && granted[name] === 'read');
  if (Object.entries(permissions).some(exceeds))
    return refuse(c, 422, 'The permissions requested are not granted to this installation.');
  const { token, expiresAt } = auth.issue({ repositories, permissions });
  const selection = repositories === undefined ? 'all' : 'selected';
  return c.json({ token, expires_at: expiresAt, permissions, repository_selection: selection }, 201);
}
