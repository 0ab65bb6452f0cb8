import { z } from 'zod';

// Slack's limits (https://docs.slack.dev/reference/block-kit/blocks): what breaks one is refused as a whole.

const Plain = (longest: number) => z.object({ type: z.literal('plain_text'), text: z.string().min(1).max(longest) });
const Mrkdwn = z.object({
  type: z.enum(['mrkdwn', 'plain_text']),
  text: z.string().min(1).max(3_000),
  verbatim: z.boolean().optional(),
});
const Button = z.object({
  type: z.literal('button'),
  action_id: z.string().min(1).max(255),
  value: z.string().max(2_000).optional(),
  text: Plain(75),
});
const BlockId = z.string().max(255).optional();
const Block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('section'), block_id: BlockId, text: Mrkdwn }),
  z.object({ type: z.literal('actions'), block_id: BlockId, elements: z.array(Button).min(1).max(25) }),
  z.object({ type: z.literal('header'), block_id: BlockId, text: Plain(150) }),
  z.object({ type: z.literal('divider'), block_id: BlockId }),
  z.object({
    type: z.literal('input'),
    block_id: BlockId,
    label: Plain(2_000),
    hint: Plain(2_000).optional(),
    optional: z.boolean().optional(),
    element: z.object({
      type: z.literal('plain_text_input'),
      action_id: z.string().min(1).max(255),
      multiline: z.boolean().optional(),
      max_length: z.number().int().min(1).max(3_000).optional(),
      initial_value: z.string().max(3_000).optional(),
    }),
  }),
]);

export type FakeBlock = z.infer<typeof Block>;
const Blocks = z.array(Block).max(50);

/** A form. */
export const FakeModal = z.object({
  type: z.literal('modal'),
  callback_id: z.string().max(255).optional(),
  private_metadata: z.string().max(3_000).optional(),
  title: Plain(24),
  submit: Plain(24).optional(),
  close: Plain(24).optional(),
  blocks: z.array(Block).max(100),
});
export type FakeModal = z.infer<typeof FakeModal>;

/** A home tab. */
export const FakeHome = z.object({ type: z.literal('home'), blocks: z.array(Block).max(100) });
export type FakeHome = z.infer<typeof FakeHome>;

/** The blocks of a message; undefined for ones that Slack refuses. */
export function parseBlocks(text: string): FakeBlock[] | undefined {
  return Blocks.safeParse(JSON.parse(text)).data;
}
