import type { ComponentChildren } from 'preact';
import { type Block, type Inline, parseMarkdown } from '../markdown.ts';
import { personaById } from '../state.ts';

/** Text of a message; never HTML. */
export function Markdown({ text }: { readonly text: string }) {
  return (
    <div class="prose">
      {parseMarkdown(text).map((block, index) => (
        <BlockView key={index} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { readonly block: Block }) {
  if (block.kind === 'code') return <pre class="code">{block.text}</pre>;
  if (block.kind === 'list') {
    return (
      <ul>
        {block.items.map((item, index) => (
          <li key={index}>{inlines(item)}</li>
        ))}
      </ul>
    );
  }
  if (block.kind === 'heading') return <p class="heading">{inlines(block.inlines)}</p>;
  if (block.kind === 'quote') return <blockquote>{inlines(block.inlines)}</blockquote>;
  return <p>{inlines(block.inlines)}</p>;
}

function inlines(pieces: readonly Inline[]) {
  return pieces.map(toNode);
}

function toNode(piece: Inline) {
  if (piece.kind === 'code') return <code>{piece.text}</code>;
  if (piece.kind === 'bold') return <strong>{piece.text}</strong>;
  if (piece.kind === 'mention') return <Mention text={piece.text} />;
  if (piece.kind === 'link') return <OutLink href={piece.href}>{piece.text}</OutLink>;
  return piece.text;
}

function Mention({ text }: { readonly text: string }) {
  const persona = personaById.value.get(text.slice(1).toLowerCase());
  return (
    <span class={persona === undefined ? 'mention' : 'mention persona'} title={persona?.name}>
      {text}
    </span>
  );
}

/** A link out of here: nothing of this page is told to where it leads. */
export function OutLink({ href, children }: { readonly href: string; readonly children: ComponentChildren }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
