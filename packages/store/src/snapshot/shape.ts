import { z } from 'zod';

const Count = z.number().int().nonnegative();

/** What a snapshot says of itself before its rows. */
export const Header = z.object({
  format: z.literal(1),
  /** The migrations the store had, oldest first. */
  migrations: z.array(z.object({ idx: z.number().int(), tag: z.string(), hash: z.string() })),
  /** Referenced tables before those that refer to them. */
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()).min(1) })),
});
export type Header = z.infer<typeof Header>;

/** A value is PostgreSQL's text of it. */
export const Rows = z.object({ table: z.string(), rows: z.array(z.array(z.string().nullable())) });
export type Rows = z.infer<typeof Rows>;

/** What a snapshot must have held. */
export const Trailer = z.object({
  rows: Count,
  tables: z.array(
    z.object({
      name: z.string(),
      rows: Count,
      /** Where the counter of the identity column stands: a bigint as text, and whether that number was given out. */
      counter: z.object({ column: z.string(), last: z.string(), called: z.boolean() }).optional(),
    }),
  ),
});
export type Trailer = z.infer<typeof Trailer>;
