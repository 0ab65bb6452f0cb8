import type { DeadLetterView } from '@continuum/contract/http';
import { attempt, loadOperations, say } from '../actions.ts';
import { api } from '../api.ts';
import { Confirm } from './confirm.tsx';
import { Icon } from './icon.tsx';
import { Time } from './time.tsx';

/** What its consumers gave up on, with why, and the way back into line. */
export function DeadLetters({ letters }: { readonly letters: readonly DeadLetterView[] }) {
  return (
    <section class="section" aria-labelledby="dead">
      <div class="section-head">
        <h2 id="dead">
          Dead letters <span class="count">{letters.length === 0 ? '' : letters.length}</span>
        </h2>
        {letters.length > 1 && (
          <Confirm
            label="Replay all"
            question={`Offer all ${letters.length} again?`}
            onConfirm={() => void replay(letters)}
          />
        )}
      </div>
      {letters.length === 0 && <p class="muted">None: everything that came in was handled.</p>}
      <ol class="learned-list">
        {letters.map((letter) => (
          <Letter key={`${letter.consumer} ${letter.id}`} letter={letter} />
        ))}
      </ol>
    </section>
  );
}

function Letter({ letter }: { readonly letter: DeadLetterView }) {
  const { consumer, id, name, error, deliveries, at, payload } = letter;
  return (
    <li data-item class="learned letter">
      <div class="learned-body">
        <p>
          <code class="scope-id">{name}</code>
        </p>
        <p class="quote">{error}</p>
        <p class="provenance">
          {consumer === 'outbox' ? 'an effect' : `for ${consumer}`} · tried {deliveries}{' '}
          {deliveries === 1 ? 'time' : 'times'} · <Time at={at} /> · <code title={id}>{id.slice(0, 28)}</code>
        </p>
        <details>
          <summary>Payload</summary>
          <pre class="code">{JSON.stringify(payload, undefined, 2)}</pre>
        </details>
      </div>
      <button type="button" class="primary" onClick={() => void replay([letter])}>
        <Icon name="undo" /> Replay
      </button>
    </li>
  );
}

async function replay(letters: readonly DeadLetterView[]): Promise<void> {
  await attempt(async () => {
    for (const { consumer, id } of letters) await api.replay(consumer, id);
    say(letters.length === 1 ? 'Back in line.' : `${letters.length} are back in line.`, 'good');
  });
  await loadOperations();
}
