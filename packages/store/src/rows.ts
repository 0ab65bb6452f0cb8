import type { Page } from '@continuum/contract/ports/store';
import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 1000;

/** Rows a page may hold: default 100, 1 to `largest`. */
export function pageSize(limit: number = DEFAULT_PAGE, largest = LARGEST_PAGE): number {
  return Math.max(1, Math.min(largest, Math.trunc(limit)));
}

/** Rows inserted before the row of that id; none when the id is unknown. */
export function olderThan(
  table: PgTable & { readonly seq: PgColumn; readonly id: PgColumn },
  page: Page | undefined,
): SQL | undefined {
  if (page?.before === undefined) return undefined;
  return sql`${table.seq} < (select older.seq from ${table} as older where older.id = ${page.before})`;
}

/** The row without its NULLs: an absent optional field is absent, not null. */
export function present(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== undefined));
}

/** The entity of a row whose rest stands in `body`. */
export function withBody(row: { readonly body: unknown } & Record<string, unknown>): Record<string, unknown> {
  const { body, seq: _, ...columns } = row;
  return { ...(typeof body === 'object' ? body : {}), ...present(columns) };
}
