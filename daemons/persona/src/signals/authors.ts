import type { Store } from '@continuum/contract/ports/store';
import type { Author } from '@continuum/contract/room';
import type { SourceAuthor, SourceName } from '@continuum/contract/source';

/**
 * Somebody of a source as the rooms know them: by their login on the code host where that is known, so that the same person
 * teaches the same from everywhere; else by their id there, which nobody can mistake for a login.
 */
export async function authorOf(
  { views }: Pick<Store, 'views'>,
  source: SourceName,
  { id, name }: SourceAuthor,
): Promise<Author> {
  if (source === 'github') return { kind: 'person', id, name };
  const link = await views.personAt(source, id);
  return { kind: 'person', id: link?.person ?? `${source}:${id}`, name };
}
