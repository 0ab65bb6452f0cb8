import { type SQL, sql } from 'drizzle-orm';

/** A tsvector may hold a megabyte, and nobody looks for what a book says at its end. */
const INDEXED_CHARACTERS = 20_000;

/**
 * The words of a text for PostgreSQL's full text search: names of code in parts, everything else that is no letter or digit
 * as a space, so that a path is no "file" and `auth.login` no "host". The same expression stands in the index and in the query.
 */
export function wordsOf(text: SQL): SQL {
  const bounded = sql`left(${text}, ${sql.raw(String(INDEXED_CHARACTERS))})`;
  const parted = sql`regexp_replace(${bounded}, '([[:lower:][:digit:]])([[:upper:]])', '\\1 \\2', 'g')`;
  return sql`to_tsvector('english', regexp_replace(${parted}, '[^[:alnum:]]+', ' ', 'g'))`;
}
