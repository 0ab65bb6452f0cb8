import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { asksName, needsToken, token } from '../session.ts';
import { notice } from '../state.ts';

/** The last thing that went right or wrong, read out by screen readers. */
export function Notice() {
  const current = notice.value;
  return (
    <div class="notice-area" role="status" aria-live="polite">
      {current !== undefined && <p class={`notice ${current.tone}`}>{current.text}</p>}
    </div>
  );
}

interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly onClose?: () => void;
}

/** A modal dialog of the browser itself: focus stays in it, Escape closes it. */
export function Dialog({ title, children, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

/** Asks for a name before the first message, reaction or correction. */
export function NamePrompt() {
  const question = asksName.value;
  if (question === undefined) return null;
  return (
    <Ask
      key={question.id}
      title="Who are you?"
      label="Your name or login, as the team knows it"
      onAnswer={question.answer}
      onCancel={() => question.answer(undefined)}
    >
      It stands beside what you say and teach. Kept in this browser.
    </Ask>
  );
}

/** Asks for the token where the server has one; kept for this tab. */
export function TokenPrompt() {
  if (!needsToken.value) return null;
  const answer = (given: string) => {
    needsToken.value = false;
    token.value = given;
  };
  const cancel = () => {
    needsToken.value = false;
  };
  return (
    <Ask title="This server wants its token" label="CONTINUUM_TOKEN" secret onAnswer={answer} onCancel={cancel}>
      Whoever started Continuum has set it. It stays in this tab only.
    </Ask>
  );
}

interface AskProps {
  readonly title: string;
  readonly label: string;
  /** Typed unseen. */
  readonly secret?: boolean;
  readonly onAnswer: (text: string) => void;
  readonly onCancel: () => void;
  readonly children: ComponentChildren;
}

function Ask({ title, label, secret = false, onAnswer, onCancel, children }: AskProps) {
  const text = useSignal('');
  const id = useId();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (text.value.trim() !== '') onAnswer(text.value.trim());
  };
  const field = {
    id,
    maxLength: secret ? 500 : 100,
    value: text.value,
    onInput: (event: { readonly currentTarget: HTMLInputElement }) => {
      text.value = event.currentTarget.value;
    },
  };
  return (
    <Dialog title={title} onClose={onCancel}>
      <form onSubmit={submit}>
        <p class="muted">{children}</p>
        <label for={id}>{label}</label>
        <div class="row">
          {secret ? <input type="password" {...field} /> : <input type="text" {...field} />}
          <button type="submit" class="primary">
            Continue
          </button>
        </div>
      </form>
    </Dialog>
  );
}
