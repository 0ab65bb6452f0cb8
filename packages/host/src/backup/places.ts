import { join } from 'node:path';
import type { Settings } from '../settings.ts';

/** Which settings say where the parts of a system lie. */
export type Places = Pick<Settings, 'home' | 'definitions' | 'genome' | 'databaseUrl'>;

/** What a team wrote itself. */
export const DEFINITIONS = ['personas', 'recipes', 'scopes'] as const;

/** Folder of the trained layers. */
export function layersFolder({ genome }: Pick<Places, 'genome'>): string {
  return join(genome.folder, 'layers');
}

/** Folder of the embedded store. */
export function storeFolder({ home }: Pick<Places, 'home'>): string {
  return join(home, 'store');
}

/** Folder of the journal. */
export function journalFolder({ home }: Pick<Places, 'home'>): string {
  return join(home, 'journal');
}

/** Where a file of a backup belongs in a system. */
export function placeOf(path: string, places: Places): string {
  const [top = '', ...rest] = path.split('/');
  const folders: Readonly<Record<string, string>> = {
    journal: journalFolder(places),
    genome: places.genome.folder,
    keys: places.genome.keys,
    definitions: places.definitions,
  };
  return join(folders[top] ?? '', ...rest);
}
