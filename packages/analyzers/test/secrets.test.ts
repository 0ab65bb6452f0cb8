import { CandidateFinding } from '@continuum/contract/finding';
import { findAssignments } from '@continuum/review/secrets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecretsAnalyzer } from '../src/secrets/analyzer.ts';
import { changeOf, modifiedFile, newFile } from './change.ts';

const analyzer = createSecretsAnalyzer();
const find = async (path: string, content: string) => {
  const { findings } = await analyzer.analyze(changeOf(newFile(path, content)));
  for (const finding of findings) expect(CandidateFinding.safeParse(finding).error).toBeUndefined();
  return findings;
};
// Written in two halves so that no scanner takes this file for a leak.
const AWS = `AKIA${'Z7QJ4WMK2TXB5RNV'}`;
const GITHUB = `ghp_${'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hL3nR6'}`;
const SLACK = `xoxb-${'731928465012-9182736450192-QwErTyUiOpAsDfGhJkLzXcVb'}`;
const KEY = `-----BEGIN RSA ${'PRIVATE KEY-----'}\nMIIEpAIBAAKCAQEA04up8hoqzS1+APIB0RhjXyObwHQnOzhAk5Bd7mhkSbPkyhP1\n-----END RSA PRIVATE KEY-----`;

describe('secrets', () => {
  it.each([
    ['AWS', 'src/a.ts', `const id = '${AWS}';`, AWS],
    ['GitHub', 'src/a.py', `TOKEN = "${GITHUB}"`, GITHUB],
    ['Slack', 'conf.yml', `slack: ${SLACK}`, SLACK],
    ['private key', 'deploy.sh', `cat <<E\n${KEY}\nE`, 'MIIEpAIBAAKCAQEA'],
    ['password', 'src/db.ts', `const options = { user: 'app', password: 'hunter2!Zq' };`, 'hunter2!Zq'],
    ['typed password', 'src/db.ts', `const dbPassword: string = "SuperSecret123";`, 'SuperSecret123'],
    ['plain password', 'src/db.js', `db.password = 'swordfish'`, 'swordfish'],
    ['JSON', 'config/app.json', `{ "apiKey": "9f8e7d6c5b4a39281706f5e4d3c2b1a0" }`, '9f8e7d6c5b4a39281706f5e4d3c2b1a0'],
    ['comparison', 'src/login.js', `if (req.body.password === 'letmein99') admin();`, 'letmein99'],
    ['address', 'src/db.ts', `connect('postgres://app:pX9qL2vT@db.internal/app');`, 'pX9qL2vT'],
    ['fallback', 'src/db.ts', `const dbPassword = process.env.DB_PASSWORD || 'hunter2zQ';`, 'hunter2zQ'],
    ['plain secret', 'src/jwt.ts', `const JWT_SECRET: string | undefined = 'supersecretkey';`, 'supersecretkey'],
    ['documented key', 'src/a.ts', `const id = 'AKIA${'IOSFODNN7EXAMPLE'}';`, `AKIA${'IOSFODNN7EXAMPLE'}`],
    ['.env', '.env.production', 'DB_PASSWORD=hunter2zQ', 'hunter2zQ'],
    ['yaml', 'k8s/app.yaml', '  client_secret: k3Jd92hFq8Lz71Pw', 'k3Jd92hFq8Lz71Pw'],
  ])('finds %s and never repeats it', async (_, path, content, secret) => {
    const findings = await find(path, content);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      category: 'secret',
      cwe: 'CWE-798',
      severity: expect.stringMatching(/critical|high/),
    });
    expect(JSON.stringify(findings)).not.toContain(secret);
    expect(findings[0]?.evidence).toContain('…');
  });

  it.each([
    `const password = process.env.DB_PASSWORD;`,
    `password: 'changeme'`,
    `const token = 'your-token-here';`,
    `const token = \`\${user}-abc123456\`;`,
    `<input type="password" name="password" />`,
    `const passwordField = 'user_password_1';`,
    `const tokenUrl = 'https://auth.example.org/oauth2/token1';`,
    `secret: 'xxxxxxxxxxxxxxxx'`,
    `{ "password": "Please enter your password" }`,
    `const accessToken = 'access_token';`,
    `autocomplete: password: 'current-password'`,
    `const key = 'AKIA${'XXXXXXXXXXXXXXXX'}';`,
    `const token = getToken('session');`,
    `connect('postgres://user:password@localhost/app'); // https://a.b:8080/c@d`,
    `"csrf-token": "x-csrf-token"`,
  ])('is silent on %s', async (content) => expect(await find('src/a.js', `${content}\n`)).toEqual([]));

  it('is not switched off by comments of the change', async () => {
    const content = `// secretlint-disable\nconst a = '${GITHUB}'; // secretlint-disable-line\nconst u = 'postgres://app:pX9qL2vT@db.internal/app';\n`;
    expect((await find('a.js', content)).map(({ line }) => line)).toEqual([2, 3]);
  });

  it('speaks about added lines only', async () => {
    const content = `const a = '${AWS}';\nconst b = '${GITHUB}';\n`;
    const { findings } = await analyzer.analyze(changeOf(modifiedFile('a.js', content, [2])));
    expect(findings.map(({ line, column }) => [line, column])).toEqual([[2, 12]]);
  });

  it('shows the whole name before the redacted value', async () => {
    const [finding] = await find('a.ts', `  config.dbPassword = 'hunter2!Zq';\n`);
    expect(finding?.evidence).toBe(`config.dbPassword = 'hun…`);
  });

  it.each(['password', 'password = ', 'secret: "', 'token" : ', 'a-b.', 'password?: a | ', 'a://b:c', 'http://a:'])(
    'takes linear time on a file full of %j',
    (part) => {
      const started = performance.now();
      findAssignments('.env', part.repeat(200_000 / part.length));
      findAssignments('.env', `${part}\n`.repeat(200_000 / part.length));
      expect(performance.now() - started).toBeLessThan(3_000);
    },
  );

  it('finds a random password wherever it stands, and leaks at most four characters', async () => {
    const password = fc.stringMatching(/^[a-z][A-Z][0-9][a-zA-Z0-9!#%+=]{6,30}$/);
    const wrap = fc.constantFrom(
      (value: string) => `const password = "${value}";`,
      (value: string) => `  "password": "${value}",`,
      (value: string) => `login({ adminPassword: '${value}' })`,
    );
    await fc.assert(
      fc.asyncProperty(password, wrap, fc.nat(5), async (value, written, blank) => {
        fc.pre(!/x{3}|%s|%\(/i.test(value));
        const findings = await find('src/a.js', '\n'.repeat(blank) + written(value));
        expect(findings.map(({ line }) => line)).toEqual([blank + 1]);
        expect(JSON.stringify(findings)).not.toContain(value.slice(0, 5));
      }),
      { numRuns: 50 },
    );
  });
});
