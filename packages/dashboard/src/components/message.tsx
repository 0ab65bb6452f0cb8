import type { MessageView } from '@continuum/contract/http';
import { useSignal } from '@preact/signals';
import { attempt, react } from '../actions.ts';
import { isWebAddress } from '../markdown.ts';
import { draftsIn, type Thread } from '../state.ts';
import { Avatar } from './avatar.tsx';
import { Composer } from './composer.tsx';
import { FindingCard } from './finding-card.tsx';
import { Icon } from './icon.tsx';
import { Markdown, OutLink } from './markdown.tsx';
import { Time } from './time.tsx';

const SHOWN = 12;

interface ThreadProps {
  readonly thread: Thread;
  /** Ids of the messages that show their finding as a card. */
  readonly cards: ReadonlySet<string>;
}

/** A message and its answers. */
export function ThreadView({ thread, cards }: ThreadProps) {
  const all = useSignal(false);
  const shown = all.value ? thread.replies : thread.replies.slice(0, SHOWN);
  const hidden = thread.replies.length - shown.length;
  return (
    <li class="thread">
      <MessageRow message={thread.root} cards={cards} />
      {thread.replies.length > 0 && (
        <ol class="replies">
          {shown.map((reply) => (
            <ThreadView key={reply.root.id} thread={reply} cards={cards} />
          ))}
        </ol>
      )}
      {hidden > 0 && (
        <button type="button" class="quiet more" onClick={() => (all.value = true)}>
          Show {hidden} more
        </button>
      )}
    </li>
  );
}

function MessageRow({ message, cards }: { readonly message: MessageView; readonly cards: ReadonlySet<string> }) {
  const replying = useSignal(false);
  const reply = () => (replying.value = !replying.value);
  const card = message.finding !== undefined && cards.has(message.id) ? message.finding : undefined;
  const growing = draftsIn(message.roomId).some(({ id }) => id === message.id);
  return (
    <>
      <article
        class={`message ${message.author.kind}`}
        data-item
        aria-label={`${message.author.name} ${growing ? 'is writing' : 'said'}`}
        aria-busy={growing}
      >
        <Avatar author={message.author} />
        <div class="message-body">
          <Byline message={message} />
          {card === undefined ? <Markdown text={message.text} /> : <FindingCard finding={card} onReply={reply} />}
          <Reactions message={message} />
        </div>
        {!growing && <Tools message={message} onReply={card === undefined ? reply : undefined} />}
      </article>
      {replying.value && (
        <Composer
          room={message.roomId}
          replyTo={message.id}
          placeholder={`Reply to ${message.author.name}`}
          focused
          onDone={() => (replying.value = false)}
        />
      )}
    </>
  );
}

function Byline({ message }: { readonly message: MessageView }) {
  const { author, source } = message;
  return (
    <header class="byline">
      <strong>{author.name}</strong>
      {author.kind === 'persona' && <span class="badge">AI</span>}
      <Time at={message.at} />
      {message.editedAt !== undefined && <span class="muted">edited</span>}
      <Source source={source} />
      {message.links.map(({ kind, url }) => url !== undefined && <Outside key={url} kind={kind} url={url} />)}
    </header>
  );
}

/** Where it was said: a link where the source gives one. */
function Source({ source }: Pick<MessageView, 'source'>) {
  const { kind, url, repo, pr } = source;
  if (url !== undefined && isWebAddress(url)) return <Outside kind={kind} url={url} />;
  if (repo === undefined) return null;
  return (
    <span class="muted">
      {repo}
      {pr !== undefined && ` #${pr}`}
    </span>
  );
}

function Outside({ kind, url }: { readonly kind: string; readonly url: string }) {
  return isWebAddress(url) ? <OutLink href={url}>on {kind}</OutLink> : null;
}

function Reactions({ message }: { readonly message: MessageView }) {
  const groups = Map.groupBy(message.reactions, (reaction) => reaction.emoji);
  if (groups.size === 0) return null;
  return (
    <ul class="reactions" aria-label="Reactions">
      {[...groups].map(([emoji, list]) => (
        <li key={emoji}>
          <button
            type="button"
            title={list.map((reaction) => reaction.author.name).join(', ')}
            aria-label={`${emoji}, ${list.length}. Add yours`}
            onClick={() => void attempt(() => react(message, emoji))}
          >
            {emoji} <span>{list.length}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

const QUICK = ['👍', '👎', '🎉', '❤️', '🤔'];

function Tools({ message, onReply }: { readonly message: MessageView; readonly onReply: (() => void) | undefined }) {
  return (
    <div class="tools">
      {QUICK.map((emoji) => (
        <button
          key={emoji}
          type="button"
          aria-label={`React with ${emoji}`}
          onClick={() => void attempt(() => react(message, emoji))}
        >
          {emoji}
        </button>
      ))}
      {onReply !== undefined && (
        <button type="button" data-action="reply" aria-label="Reply" title="Reply (r)" onClick={onReply}>
          <Icon name="reply" />
        </button>
      )}
    </div>
  );
}
