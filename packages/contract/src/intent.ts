import { z } from 'zod';

/**
 * What a change is for, in the words of its people. All of it is untrusted text, cut to a bound: shown escaped, handed to
 * models as data, never obeyed.
 */
export const Intent = z.object({
  title: z.string().max(1_000),
  body: z.string().max(20_000),
  /** Commit messages, oldest first. */
  commits: z.array(z.string().max(2_000)).max(100),
  /** Issues it closes and tickets it names. */
  tickets: z
    .array(
      z.object({
        /** `#12` or `ENG-42`. */
        key: z.string().max(100),
        title: z.string().max(1_000),
        description: z.string().max(10_000),
        url: z.string().max(2_000),
      }),
    )
    .max(20),
});
export type Intent = z.infer<typeof Intent>;
