import { useSignal } from '@preact/signals';
import { focusOnMount } from './focus.ts';

interface Props {
  readonly label: string;
  readonly question: string;
  readonly onConfirm: () => void;
}

/** A button that asks once more before it does something that is meant to stay. */
export function Confirm({ label, question, onConfirm }: Props) {
  const asked = useSignal(false);
  if (!asked.value) {
    return (
      <button type="button" class="quiet" onClick={() => (asked.value = true)}>
        {label}
      </button>
    );
  }
  return (
    <fieldset class="confirm">
      <legend>{question}</legend>
      <button type="button" class="danger" onClick={onConfirm}>
        {label}
      </button>
      <button type="button" class="quiet" ref={focusOnMount} onClick={() => (asked.value = false)}>
        Keep
      </button>
    </fieldset>
  );
}
