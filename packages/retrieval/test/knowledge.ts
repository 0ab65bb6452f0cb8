import { Passage } from '@continuum/contract/knowledge';

type Row = readonly [id: string, text: string, about: string];

const CORRECTIONS: readonly Row[] = [
  [
    'auth-401',
    'We return 401 when the session cookie has expired. 403 means signed in but not allowed.',
    'src/auth/session.ts js-missing-check correctness requireSession res.status res.status(401).end()',
  ],
  [
    'exec-build',
    'Build scripts may call exec: their arguments come from our own package.json, never from a user.',
    'scripts/build.js js-command-injection security run child_process.exec exec(`tsc ${flags}`)',
  ],
  [
    'md5-etag',
    'MD5 is fine for ETags. Nobody relies on it being collision resistant.',
    'src/cache/etag.ts js-weak-hash security etagOf crypto.createHash createHash("md5")',
  ],
  [
    'loop-index',
    'Loop indexes over our own arrays are no prototype pollution.',
    'src/util/merge.ts js-prototype-pollution security merge target[key] = source[key]',
  ],
  [
    'raw-sql-reports',
    'Raw SQL in the reporting module is reviewed by the data team; the table names are constants.',
    'src/reporting/query.ts js-sql-injection security monthly db.query db.query(`select * from ${TABLE}`)',
  ],
  [
    'eval-sandbox',
    'That eval runs inside the isolated-vm sandbox and cannot reach the host.',
    'src/plugins/sandbox.ts js-code-injection security load eval eval(source)',
  ],
  [
    'gpl-tooling',
    'GPL is allowed for tools that we only run in CI and do not ship.',
    'package.json dependency-licence licence shellcheck GPL-3.0',
  ],
  [
    'test-passwords',
    'Passwords in fixtures are made up, do not flag them.',
    'test/fixtures/users.ts hardcoded-secret secret password: "hunter2"',
  ],
  [
    'retry-payments',
    'Never retry a payment capture automatically: the provider charges twice. Use the idempotency key instead.',
    'src/payments/capture.ts floating-promise correctness capture stripe.paymentIntents.capture',
  ],
  [
    'dates-utc',
    'All timestamps are stored in UTC and formatted in the browser.',
    'src/orders/format.ts date-without-zone correctness formatOrder new Date(order.at)',
  ],
  [
    'redirect-allowlist',
    'Open redirects are blocked by the allow-list in the gateway, so the login redirect is safe.',
    'src/login/redirect.ts js-open-redirect security afterLogin res.redirect res.redirect(req.query.next)',
  ],
  [
    'any-in-migrations',
    'Using any in database migrations is accepted, they run once.',
    'migrations/0042_orders.ts no-explicit-any maintainability up',
  ],
  [
    'jwt-rs256',
    'Tokens are signed with RS256; the public key is published under /.well-known/jwks.json.',
    'src/auth/token.ts js-weak-jwt security sign jwt.sign jwt.sign(payload, key)',
  ],
  [
    'dompurify',
    'Comments go through DOMPurify before they are rendered, dangerouslySetInnerHTML is fine there.',
    'src/ui/Comment.tsx js-unsafe-html security Comment dangerouslySetInnerHTML',
  ],
  [
    'upload-limit',
    'Uploads are limited to 25 MB at the load balancer.',
    'src/upload/receive.ts js-unbounded-body security receive req.pipe',
  ],
];

const FINDINGS: readonly Row[] = [
  [
    'path-traversal',
    'User input reaches a file path. The file name comes from the request, so ../ leaves the export folder. Use path.basename first.',
    'src/export/download.ts js-path-traversal security download fs.readFile fs.readFile(dir + req.params.name) CWE-22',
  ],
  [
    'redos-email',
    'Regular expression with catastrophic backtracking. A long input blocks the event loop in validateEmail.',
    'src/users/validate.ts js-redos security validateEmail /^([a-z]+)+@/ CWE-1333',
  ],
  [
    'lost-await',
    'Promise is not awaited. A failed write to the audit log goes unnoticed.',
    'src/audit/log.ts no-floating-promises correctness record store.append',
  ],
  [
    'ssrf-webhook',
    'Server-side request forgery. The webhook address is given by the customer and fetched from inside our network.',
    'src/webhooks/deliver.ts js-ssrf security deliver fetch fetch(hook.url) CWE-918',
  ],
  [
    'xss-search',
    'Search term is written into the page without escaping.',
    'src/search/page.ts js-xss security renderResults res.send CWE-79',
  ],
  [
    'csrf-settings',
    'The settings form has no CSRF token.',
    'src/settings/form.ts js-csrf security saveSettings CWE-352',
  ],
  [
    'agpl-dep',
    'The dependency ghostscript4js is under AGPL-3.0, which the policy does not allow.',
    'package.json dependency-licence licence ghostscript4js',
  ],
  [
    'race-stock',
    'Stock is read and written in two steps. Two orders at the same moment sell the last item twice.',
    'src/stock/reserve.ts read-modify-write correctness reserveStock',
  ],
];

const MESSAGES: readonly Row[] = [
  ['redis-cache', 'We moved the cart cache from Redis to memory because the cluster cost too much in eu-west-1.', ''],
  ['deploy-freeze', 'No deploys on Friday after 15:00, the on-call rotation changes then.', ''],
  ['rate-limit', 'The public API allows 100 requests a minute per key and answers 429 beyond that.', ''],
  ['feature-flags', 'Feature flags live in LaunchDarkly; flags older than 90 days are removed by the cleanup job.', ''],
  [
    'postgres-pool',
    'The connection pool has 20 connections. More than that and Postgres runs out of memory on the small instance.',
    '',
  ],
  ['node-version', 'We stay on Node 22 until the native addon for image resizing supports 24.', ''],
  ['graphql-n1', 'Resolvers have to use DataLoader, we had N+1 queries on the orders page.', ''],
  ['sentry-pii', 'Sentry must not receive mail addresses; beforeSend scrubs them.', ''],
  ['webhook-order', 'Stripe webhooks arrive out of order, so invoice.paid may come before invoice.created.', ''],
  ['css-modules', 'Styles are CSS modules, no Tailwind. Sarah decided that in the design review.', ''],
];

const CODE: readonly Row[] = [
  [
    'session-code',
    'export function requireSession(req, res, next) {\n  const session = sessions.get(req.cookies.sid);\n  if (session === undefined || session.expiresAt < now()) return res.status(401).end();\n  next();\n}',
    'src/auth/session.ts',
  ],
  [
    'backoff-code',
    'const MAX_ATTEMPTS = 5;\nexport function backoffMs(attempt) {\n  return Math.min(30_000, 2 ** attempt * 100);\n}',
    'src/http/backoff.ts',
  ],
  [
    'totals-code',
    'export function orderTotal(items) {\n  // Prices are integers in cents.\n  return items.reduce((sum, item) => sum + item.priceCents * item.quantity, 0);\n}',
    'src/orders/total.ts',
  ],
];

const rows = (kind: Passage['kind'], list: readonly Row[]): Passage[] =>
  list.map(([id, text, about]) =>
    Passage.parse({
      ...{ id, kind, text, about, repo: 'acme/shop', at: '2026-02-01T10:00:00.000Z' },
      ...(kind === 'code' ? { path: about, line: 1 } : { author: 'Ada', link: `https://example.com/${id}` }),
    }),
  );

/** What a made-up team said, was told and wrote. */
export const KNOWLEDGE: readonly Passage[] = [
  ...rows('correction', CORRECTIONS),
  ...rows('finding', FINDINGS),
  ...rows('message', MESSAGES),
  ...rows('code', CODE),
];
