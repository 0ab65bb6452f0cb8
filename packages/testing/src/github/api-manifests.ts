import { randomBytes } from 'node:crypto';
import type { Hono } from 'hono';
import { z } from 'zod';
import { type Env, refuse } from './answers.ts';
import type { AppAuth } from './api-app.ts';
import { toUser } from './shapes.ts';
import type { State } from './state.ts';

/** What GitHub insists on in a manifest. */
const Manifest = z.strictObject({
  name: z.string().min(1).max(34),
  url: z.url(),
  description: z.string().optional(),
  public: z.boolean().optional(),
  redirect_url: z.url(),
  hook_attributes: z.strictObject({ url: z.url(), active: z.boolean().optional() }),
  default_events: z.array(z.string()),
  default_permissions: z.record(z.string(), z.enum(['read', 'write'])),
});

/** The page that takes a manifest and the exchange of its code; neither asks for a token. A code works once. */
export function addManifests(app: Hono<Env>, state: State, auth: AppAuth): void {
  const waiting = new Set<string>();
  for (const path of ['/settings/apps/new', '/organizations/:org/settings/apps/new']) {
    app.post(path, async (c) => {
      const form = await c.req.formData();
      const manifest = Manifest.safeParse(JSON.parse(String(form.get('manifest'))));
      if (!manifest.success) return refuse(c, 422, manifest.error.issues.map(({ message }) => message).join('; '));
      const code = randomBytes(20).toString('hex');
      waiting.add(code);
      const back = new URL(manifest.data.redirect_url);
      back.searchParams.set('code', code);
      const given = c.req.query('state');
      if (given !== undefined) back.searchParams.set('state', given);
      return c.redirect(back.href);
    });
  }
  app.post('/app-manifests/:code/conversions', (c) => {
    if (!waiting.delete(c.req.param('code'))) return refuse(c, 404, 'Not Found');
    const names = { slug: 'continuum', name: 'continuum', node_id: 'MDM6QXBwMQ==', client_id: 'Iv1.0123456789abcdef' };
    const secrets = { client_secret: 'c'.repeat(40), webhook_secret: 'w'.repeat(40), pem: auth.privateKey() };
    const page = `${state.url}/apps/continuum`;
    return c.json({ id: Number(auth.id), ...names, ...secrets, html_url: page, owner: toUser(state, 'acme') }, 201);
  });
}
