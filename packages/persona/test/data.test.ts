import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PersonaDefinition, Recipe, ScopeDefinition } from '@continuum/contract/persona';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const ANALYZERS = new Set(['ast', 'eslint', 'secrets', 'licences']);

async function jsonUnder(folder: string, recursive: boolean): Promise<{ file: string; data: unknown }[]> {
  const entries = await readdir(join(ROOT, folder), { recursive, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.json'));
  return Promise.all(
    files.map(async (entry) => {
      const file = join(entry.parentPath, entry.name);
      const data: unknown = JSON.parse(await readFile(file, 'utf8'));
      return { file: file.slice(ROOT.length + 1), data };
    }),
  );
}

const personas = (await jsonUnder('recipes/personas', true)).map(({ file, data }) => ({
  file,
  data: PersonaDefinition.parse(data),
}));
const recipes = (await jsonUnder('recipes', false)).map(({ file, data }) => ({ file, data: Recipe.parse(data) }));
const scopes = (await jsonUnder('scopes', true)).map(({ file, data }) => ({ file, data: ScopeDefinition.parse(data) }));
const scopeIds = new Set<string>(scopes.map(({ data }) => data.id));

describe('the data of the repository', () => {
  it('holds the teammates, each in a file of its name, using analyzers and scopes that exist', () => {
    expect(personas.map(({ data }) => data.id).sort()).toEqual(['code-review-ai', 'compliance-ai', 'security-ai']);
    for (const { file, data } of personas) {
      expect(file).toBe(join('recipes', 'personas', `${data.id}.json`));
      for (const skill of data.skills) expect(ANALYZERS).toContain(skill.analyzer);
      for (const scope of data.scopes) expect(scopeIds).toContain(scope);
      for (const interest of data.interests) expect(interest).toBe(interest.toLowerCase());
    }
  });

  it('has a persona for every category', () => {
    const covered = new Set(personas.flatMap(({ data }) => data.skills.flatMap(({ categories }) => categories)));
    expect([...covered].sort()).toEqual(['correctness', 'licence', 'maintainability', 'secret', 'security', 'style']);
  });

  it('reviews every opened or changed pull request with personas that exist', () => {
    const [recipe, ...others] = recipes;
    expect(others).toEqual([]);
    expect(recipe?.data.on).toEqual({
      event: 'webhook:github:pull_request',
      actions: ['opened', 'reopened', 'synchronize', 'ready_for_review'],
    });
    const known = new Set<string>(personas.map(({ data }) => data.id));
    for (const id of recipe?.data.personas ?? []) expect(known).toContain(id);
  });

  it('has scopes whose folders mirror their ids', () => {
    for (const { file, data } of scopes) {
      const folder = data.id === '/' ? 'root' : join(...data.id.split('/').filter((name) => name !== ''));
      expect(file).toBe(join('scopes', folder, 'scope.json'));
    }
    expect([...scopeIds].sort()).toEqual([
      '/',
      '/backend/',
      '/compliance/',
      '/frontend/',
      '/security/',
      '/security/auth/',
    ]);
  });
});
