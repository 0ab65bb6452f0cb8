import { Author, MessageSource } from '@continuum/contract/room';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactSecrets } from '../src/redact.ts';
import { mayTeach, resolveConsent } from '../src/trust.ts';
import { ANN, AT } from './sample.ts';

const source = (kind: string) => MessageSource.parse({ kind });
const author = (kind: string, id: string) => Author.parse({ kind, id, name: id });

describe('who may teach', () => {
  it.each([
    ['admin', 'github', 'active'],
    ['write', 'github', 'active'],
    ['read', 'github', 'quarantined'],
    ['none', 'github', 'quarantined'],
    ['read', 'web', 'quarantined'],
    ['unknown', 'web', 'active'],
    ['unknown', 'vscode', 'active'],
    ['read', 'vscode', 'quarantined'],
    ['unknown', 'cli', 'active'],
    ['unknown', 'api', 'active'],
    ['unknown', 'github', 'quarantined'],
    ['unknown', 'slack', 'quarantined'],
  ] as const)('%s over %s is %s', (permission, kind, verdict) => {
    expect(mayTeach({ author: ANN, source: source(kind), permission, teachers: [] }).verdict).toBe(verdict);
  });

  it('takes the allow-list, whatever the case', () => {
    const teaching = { author: ANN, source: source('github'), permission: 'none', teachers: ['Ann'] } as const;
    expect(mayTeach(teaching)).toMatchObject({ verdict: 'active', permission: 'none' });
  });

  it.each([
    ['persona', 'security-ai'],
    ['system', 'continuum'],
    ['person', 'dependabot[bot]'],
  ])('never a %s such as %s', (kind, id) => {
    const teaching = { author: author(kind, id), source: source('web'), permission: 'admin', teachers: [id] } as const;
    expect(mayTeach(teaching).verdict).toBe('never');
  });
});

describe('consent', () => {
  const choice = (subject: 'person' | 'room' | 'repo', id: string, kind: 'opt-in' | 'opt-out', at = AT) => ({
    subject,
    id,
    choice: kind,
    at,
  });
  const ann = { person: 'ann', room: 'dev-updates', repo: 'acme/shop' };

  it.each([
    [[], 'default'],
    [[choice('person', 'bob', 'opt-out')], 'default'],
    [[choice('repo', 'acme/shop', 'opt-out')], 'opted-out'],
    [[choice('repo', 'acme/shop', 'opt-out'), choice('person', 'ann', 'opt-in')], 'opted-in'],
    [[choice('person', 'ann', 'opt-out'), choice('room', 'dev-updates', 'opt-in')], 'opted-out'],
    [[choice('room', 'dev-updates', 'opt-in'), choice('room', 'dev-updates', 'opt-out')], 'opted-out'],
    [[choice('person', 'ann', 'opt-out'), choice('person', 'ann', 'opt-in', '2027-01-01T00:00:00.000Z')], 'opted-in'],
  ] as const)('%j is %s', (consents, state) => expect(resolveConsent(consents, ann)).toBe(state));
});

describe('redaction', () => {
  // Put together here so that no scanner takes the test for a leak.
  const KEY = `-----BEGIN RSA PRIVATE ${'KEY'}-----\nMIIabc\n-----END RSA PRIVATE ${'KEY'}-----`;
  it.each([
    [`ghp_${'a1B2'.repeat(9)}`, 'github-token'],
    [`xoxb-${'1234567890-abc'}`, 'slack-token'],
    [`AKIA${'ABCDEFGH12345678'}`, 'aws-key'],
    [`sk-${'proj-abcdefghijklmnop1234'}`, 'api-key'],
    [`eyJhbGciOiJI.${'eyJzdWIiOiIx'}.abc`, 'jwt'],
    [KEY, 'private-key'],
  ])('takes out %#', (secret, kind) => {
    const text = redactSecrets(`before ${secret} after`);
    expect(text).toBe(`before [redacted:${kind}] after`);
  });

  it('takes passwords out of addresses and assignments and keeps the rest', () => {
    expect(redactSecrets('postgres://app:hunter22@db/x')).toBe('postgres://app:[redacted:password]@db/x');
    expect(redactSecrets('const password = "hunter2222";')).toBe('const password = "[redacted:secret]";');
    expect(redactSecrets('Authorization: Bearer abcdefghijklmnopqrst')).toContain('[redacted:bearer]');
    expect(redactSecrets('db.query("select ?", [id]) see https://a.test/x')).toBe(
      'db.query("select ?", [id]) see https://a.test/x',
    );
  });

  it('takes out mail addresses only when asked', () => {
    expect(redactSecrets('ann@example.com')).toBe('ann@example.com');
    expect(redactSecrets('ann@example.com', { emails: true })).toBe('[redacted:email]');
  });

  it('changes nothing the second time', () => {
    const piece = fc.constantFrom(
      'password="',
      'hunter2222',
      '"',
      '://u:',
      'pw@h',
      ' ',
      `ghp_${'a'.repeat(24)}`,
      'bearer ',
      '[redacted:x]',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join('')),
    );
    fc.assert(fc.property(text, (raw) => redactSecrets(redactSecrets(raw)) === redactSecrets(raw)));
  });

  it('is done in time on hostile text', () => {
    const started = performance.now();
    redactSecrets('a://'.repeat(20_000) + 'token='.repeat(20_000) + '@a'.repeat(20_000), { emails: true });
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
