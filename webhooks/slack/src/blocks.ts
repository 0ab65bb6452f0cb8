import type { FindingId } from '@continuum/contract/ids';
import type { ChatForm, ChatHome } from '@continuum/contract/ports/chat-host';
import type { ActionsBlock, Button, HomeView, KnownBlock, ModalView, SectionBlock } from '@slack/types';
import { BUTTONS, FIELD, FORMS } from './clicks.ts';
import { toMrkdwn } from './markdown.ts';

/** Longest text of a section, in characters. */
const MAX_SECTION = 3_000;
/** Sections of one message; Slack takes 50 blocks. */
const MAX_SECTIONS = 12;
const MAX_HOME_SECTIONS = 90;
/** Longest text that a field takes, in characters. */
const MAX_FIELD = 3_000;

/** A message as Slack shows it. `text` is what notifications and readers without blocks see. */
export interface Content {
  readonly text: string;
  readonly blocks?: KnownBlock[];
}

/** A finding comes with its buttons, everything else is plain mrkdwn. */
export function toContent(markdown: string, finding: FindingId | undefined): Content {
  const text = toMrkdwn(markdown);
  if (finding === undefined) return { text };
  const sections = pieces(text, MAX_SECTION).slice(0, MAX_SECTIONS).map(section);
  return { text, blocks: [...sections, buttons(finding)] };
}

function section(text: string): SectionBlock {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

function buttons(finding: FindingId): ActionsBlock {
  const button = (action: keyof typeof BUTTONS, label: string): Button => ({
    type: 'button',
    action_id: BUTTONS[action],
    value: finding,
    text: { type: 'plain_text', text: label },
  });
  return {
    type: 'actions',
    block_id: 'continuum.verdict',
    elements: [button('right', 'Right'), button('wrong', 'Wrong'), button('edit', 'Edit'), button('why', 'Why?')],
  };
}

const QUESTIONS = {
  wrong: {
    title: 'What is wrong?',
    label: 'Why does this not apply here?',
    hint: 'A reason teaches more than a verdict.',
  },
  edit: { title: 'Say it better', label: 'How should it read?', hint: 'Your words are what is learned.' },
} as const;

/** The form behind a button, with one field. */
export function toModal({ kind, about, text }: ChatForm): ModalView {
  const { title, label, hint } = QUESTIONS[kind];
  return {
    type: 'modal',
    callback_id: FORMS[kind],
    private_metadata: JSON.stringify(about),
    title: { type: 'plain_text', text: title },
    submit: { type: 'plain_text', text: 'Send' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: [
      {
        type: 'input',
        block_id: FIELD.block,
        optional: kind === 'wrong',
        label: { type: 'plain_text', text: label },
        hint: { type: 'plain_text', text: hint },
        element: {
          type: 'plain_text_input',
          action_id: FIELD.action,
          multiline: true,
          max_length: MAX_FIELD,
          ...(text === '' ? {} : { initial_value: text.slice(0, MAX_FIELD) }),
        },
      },
    ],
  };
}

/** The home tab. */
export function toHomeView({ sections }: ChatHome): HomeView {
  const blocks = sections.map((markdown) => section(pieces(toMrkdwn(markdown), MAX_SECTION)[0] ?? ' '));
  return { type: 'home', blocks: blocks.slice(0, MAX_HOME_SECTIONS) };
}

const FENCE = '```';

/** Text in pieces of at most `longest` characters, cut between lines; a code block that a cut opens is closed and goes on. */
export function pieces(text: string, longest: number): string[] {
  const room = longest - 2 * (FENCE.length + 1);
  const done: string[] = [];
  let piece = '';
  let inCode = false;
  for (const line of text.split('\n').flatMap((each) => chunks(each, room))) {
    if (piece !== '' && piece.length + 1 + line.length > room) {
      done.push(inCode ? `${piece}\n${FENCE}` : piece);
      piece = inCode ? FENCE : '';
    }
    piece = piece === '' ? line : `${piece}\n${line}`;
    if (line === FENCE) inCode = !inCode;
  }
  return [...done, piece].filter((each) => each.trim() !== '');
}

function chunks(line: string, longest: number): string[] {
  const cut: string[] = [];
  let rest = line;
  while (rest.length > longest) {
    // Not inside an entity or a link.
    const head = rest.slice(0, longest).replace(/[&<][^;>]{0,2100}$/, '');
    const kept = head === '' ? rest.slice(0, longest) : head;
    cut.push(kept);
    rest = rest.slice(kept.length);
  }
  return [...cut, rest];
}
