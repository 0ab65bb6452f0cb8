import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { PersonaDefinition, Recipe, ScopeDefinition } from '@continuum/contract/persona';
import { checkScopes } from '@continuum/genome/scopes';
import type { z } from 'zod';

export interface Definitions {
  readonly personas: readonly PersonaDefinition[];
  readonly recipes: readonly Recipe[];
  readonly scopes: readonly ScopeDefinition[];
}

/**
 * Personas, recipes and scopes from the repository's data folders; those under `<home>` replace ones of the same id.
 * Throws CONFIG_INVALID naming the file and the field, or the persona that a recipe names and nobody defined.
 */
export async function loadDefinitions(root: string, home: string): Promise<Definitions> {
  const [personas, recipes, scopes] = await Promise.all([
    load(PersonaDefinition, [join(root, 'recipes', 'personas'), join(home, 'personas')]),
    load(Recipe, [join(root, 'recipes'), join(home, 'recipes')], { shallow: true }),
    load(ScopeDefinition, [join(root, 'scopes'), join(home, 'scopes')]),
  ]);
  checkPersonas(personas, recipes);
  checkScopes(scopes);
  return { personas, recipes, scopes };
}

/** Found out at the first pull request, this would cost its review. */
function checkPersonas(personas: readonly PersonaDefinition[], recipes: readonly Recipe[]): void {
  const known = new Set(personas.map(({ id }) => id));
  const problems = recipes.flatMap((recipe) => {
    const unknown = recipe.personas.filter((id) => !known.has(id));
    return unknown.map((id) => `recipe ${recipe.id} names the persona ${id}, which nobody defined`);
  });
  if (problems.length === 0) return;
  throw new ContinuumError('CONFIG_INVALID', problems.join('; '), {
    next: 'Put its definition under recipes/personas/ or .continuum/personas/, or take it out of the recipe.',
  });
}

async function load<T extends { readonly id: string }>(
  schema: z.ZodType<T>,
  folders: readonly string[],
  options: { readonly shallow?: boolean } = {},
): Promise<readonly T[]> {
  const found = new Map<string, T>();
  for (const folder of folders) {
    for (const file of await jsonFiles(folder, options.shallow ?? false)) {
      const definition = await parseFile(schema, file);
      found.set(definition.id, definition);
    }
  }
  return [...found.values()];
}

async function jsonFiles(folder: string, shallow: boolean): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: !shallow, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.json'));
    return files.map((entry) => join(entry.parentPath, entry.name)).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function parseFile<T>(schema: z.ZodType<T>, file: string): Promise<T> {
  const parsed = schema.safeParse(parseJson(await readFile(file, 'utf8'), file));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`).join('; ');
  throw new ContinuumError('CONFIG_INVALID', `${file}: ${problems}`, {
    next: 'Correct the named fields and start again.',
  });
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ContinuumError('CONFIG_INVALID', `${file} is not JSON`, {
      cause,
      next: 'Correct the file and start again.',
    });
  }
}
