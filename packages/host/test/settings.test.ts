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
});
