import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDefinitions } from '@continuum/host/definitions';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'continuum-home-'));
  await mkdir(join(home, 'personas'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const persona = { id: 'docs-ai', name: 'Docs AI', description: 'Reads prose', interests: ['docs'], skills: [] };

describe('definitions', () => {
  test('those of the repository are valid and name each other rightly', async () => {
    const { personas, recipes, scopes } = await loadDefinitions(root, home);
    const ids = new Set(personas.map(({ id }) => id));
    expect([...ids]).toEqual(expect.arrayContaining(['security-ai', 'code-review-ai', 'compliance-ai']));
    expect(recipes.flatMap((recipe) => recipe.personas).filter((id) => !ids.has(id))).toEqual([]);
    expect(scopes.map(({ id }) => id)).toContain('/');
  });

  test('a person adds a persona, and replaces one, without touching code', async () => {
    await writeFile(join(home, 'personas', 'docs.json'), JSON.stringify(persona));
    await writeFile(
      join(home, 'personas', 'mine.json'),
      JSON.stringify({ ...persona, id: 'security-ai', name: 'Mine' }),
    );
    const { personas } = await loadDefinitions(root, home);
    expect(personas.find(({ id }) => id === 'docs-ai')?.name).toBe('Docs AI');
    expect(personas.find(({ id }) => id === 'security-ai')?.name).toBe('Mine');
  });

  test.each([
    ['not json', '{', /is not JSON/],
    ['an unknown field', JSON.stringify({ ...persona, power: 1 }), /power/],
    ['a wrong id', JSON.stringify({ ...persona, id: 'No Spaces' }), /id/],
  ])('%s is refused with the file and the field', async (_name, text, message) => {
    await writeFile(join(home, 'personas', 'bad.json'), text);
    await expect(loadDefinitions(root, home)).rejects.toThrow(message);
    await expect(loadDefinitions(root, home)).rejects.toThrow(/bad\.json/);
  });

  test('a recipe that names a persona nobody defined is refused at the start', async () => {
    await mkdir(join(home, 'recipes'));
    const recipe = { id: 'mine', description: 'x', on: { event: 'x' }, do: 'review', personas: ['nobody-ai'] };
    await writeFile(join(home, 'recipes', 'mine.json'), JSON.stringify(recipe));
    await expect(loadDefinitions(root, home)).rejects.toThrow(/recipe mine names the persona nobody-ai/);
  });

  test('scopes without a sound pattern are refused at the start', async () => {
    await mkdir(join(home, 'scopes'));
    const scope = { id: '/own/', description: 'Ours', paths: ['/etc/**'] };
    await writeFile(join(home, 'scopes', 'own.json'), JSON.stringify(scope));
    await expect(loadDefinitions(root, home)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
