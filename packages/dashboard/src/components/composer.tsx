import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { attempt, send } from '../actions.ts';
import { personas } from '../state.ts';

interface Props {
  readonly room: string;
  readonly replyTo?: string;
  readonly placeholder: string;
  readonly focused?: boolean;
  readonly onDone?: () => void;
}

/** Where people write. Enter sends, Shift+Enter breaks the line, `@` offers the teammates. */
export function Composer({ room, replyTo, placeholder, focused = false, onDone }: Props) {
  const text = useSignal('');
  const sending = useSignal(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (focused) field.current?.focus();
  }, [focused]);
  const submit = async () => {
    const said = text.value.trim();
    if (said === '' || sending.value) return;
    sending.value = true;
    const done = await attempt(async () => {
      await send(room, said, replyTo);
      return true;
    });
    sending.value = false;
    if (done !== true) return;
    text.value = '';
    onDone?.();
  };
  const mention = (id: string) => {
    text.value = text.value.replace(/@[\w-]*$/, `@${id} `);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onDone?.();
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void submit();
  };
  return (
    <form
      class={replyTo === undefined ? 'composer' : 'composer reply'}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Mentions text={text.value} onPick={mention} />
      <textarea
        ref={field}
        rows={1}
        aria-label={placeholder}
        placeholder={placeholder}
        data-composer={replyTo === undefined ? '' : undefined}
        maxLength={50_000}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <button type="submit" class="primary" disabled={sending.value || text.value.trim() === ''}>
        {replyTo === undefined ? 'Send' : 'Reply'}
      </button>
    </form>
  );
}

function Mentions({ text, onPick }: { readonly text: string; readonly onPick: (id: string) => void }) {
  const typed = /(?:^|\s)@([\w-]*)$/.exec(text)?.[1]?.toLowerCase();
  if (typed === undefined) return null;
  const offered = personas.value.filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(typed));
  if (offered.length === 0) return null;
  return (
    <ul class="mentions" aria-label="Teammates">
      {offered.map(({ id, name, emoji, description }) => (
        <li key={id}>
          <button type="button" onClick={() => onPick(id)}>
            {emoji} <strong>{name}</strong> <span class="muted">{description}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
