import { readSettings } from '@continuum/host/settings';
import { describe, expect, test } from 'vitest';

describe('settings', () => {
  test('embedded defaults need no variable at all', () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({ port: 4000, host: '127.0.0.1', home: '.continuum', openai: undefined });
    expect(settings.webhookSecrets).toEqual({});
  });

  test('an empty value counts as absent', () => {
    expect(readSettings({ PORT: '', GITHUB_WEBHOOK_SECRET: '' }).webhookSecrets).toEqual({});
  });

  test('every wrong variable is named, its value is not', () => {
    const read = () => readSettings({ PORT: 'many', CONTINUUM_TOKEN: 'short-secret', OPENAI_BASE_URL: 'nowhere' });
    expect(read).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(read).toThrow(/PORT.*CONTINUUM_TOKEN.*OPENAI_BASE_URL/);
    expect(read).not.toThrow(/short-secret/);
  });

  test('an address that others reach needs a token', () => {
    expect(() => readSettings({ HOST: '0.0.0.0' })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(readSettings({ HOST: '0.0.0.0', CONTINUUM_TOKEN: 'a-long-random-token' }).token).toBe('a-long-random-token');
  });

  test('a local model server needs no key', () => {
    expect(readSettings({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' }).openai).toMatchObject({
      apiKey: 'not-needed',
    });
  });

  test('NATS servers are a list; what they and PostgreSQL are reached at is checked, and never repeated', () => {
    const settings = readSettings({ NATS_URL: 'nats://u:p@one:4222, nats://two:4222', NATS_REPLICAS: '3' });
    expect(settings.nats).toEqual({
      servers: ['nats://u:p@one:4222', 'nats://two:4222'],
      replicas: 3,
      prefix: 'continuum',
    });
    expect(readSettings({}).nats).toBeUndefined();
    const wrong = () =>
      readSettings({
        ...{ NATS_URL: 'http://secret-1@host', DATABASE_URL: 'mysql://u:secret-2@host/x', NATS_REPLICAS: '2' },
        ...{ DATABASE_POOL: '1', CONTINUUM_INSTANCE: 'a b', DRAIN_SECONDS: 'long', NATS_PREFIX: 'A.B' },
      });
    expect(wrong).toThrow(/DATABASE_URL.*DATABASE_POOL.*NATS_URL.*NATS_REPLICAS.*NATS_PREFIX.*INSTANCE.*DRAIN_SECONDS/);
    expect(wrong).not.toThrow(/secret-/);
  });

  test('origins of editors are origins, whose first part alone may stand for any', () => {
    const read = (EDITOR_ORIGINS: string) => readSettings({ EDITOR_ORIGINS }).editorOrigins;
    expect(readSettings({}).editorOrigins).toEqual([]);
    expect(read('https://vscode.dev/, https://*.vscode-cdn.net,http://*.localhost:3000')).toEqual([
      'https://vscode.dev',
      'https://*.vscode-cdn.net',
      'http://*.localhost:3000',
    ]);
    for (const wrong of [
      '*',
      'https://*',
      'https://a.*.net',
      'vscode.dev',
      'https://vscode.dev/path',
      'null',
      'file://x',
    ])
      expect(() => read(wrong), wrong).toThrow(/EDITOR_ORIGINS/);
  });

  test('processes share the genome where it is named; every process has a name of its own', () => {
    const shared = readSettings({ CONTINUUM_HOME: '/home/a', CONTINUUM_GENOME: '/shared', CONTINUUM_INSTANCE: 'a-1' });
    expect(shared.genome).toEqual({ folder: '/shared', keys: '/shared/keys', jobs: '/shared/training' });
    expect([shared.instance, shared.definitions]).toEqual(['a-1', '/home/a']);
    const own = readSettings({ CONTINUUM_HOME: '/home/a' });
    expect(own.genome).toEqual({ folder: '/home/a/genome', keys: '/home/a/keys', jobs: '/home/a/training' });
    expect(own.instance).toMatch(new RegExp(`-${process.pid}$`));
  });
});
