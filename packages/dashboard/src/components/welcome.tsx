import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { attempt, say } from '../actions.ts';
import { api } from '../api.ts';
import { Icon } from './icon.tsx';

/** What to do when there is nothing yet: connect a code host, or run a first review. */
export function Welcome() {
  return (
    <section class="welcome">
      <h2>Nothing has happened here yet</h2>
      <p class="muted">Your AI teammates wait for a change to look at. Two ways to give them one:</p>
      <div class="cards">
        <article class="card">
          <h3>
            <Icon name="pen" /> Run a first review
          </h3>
          <p>A range of a git repository on this machine:</p>
          <pre class="code">npm run continuum -- review HEAD~5..HEAD</pre>
          <PatchForm />
        </article>
        <article class="card">
          <h3>
            <Icon name="link" /> Connect GitHub
          </h3>
          <ol>
            <li>
              Start with <code>GITHUB_WEBHOOK_SECRET</code> and <code>GITHUB_TOKEN</code> set.
            </li>
            <li>
              In the repository: Settings, Webhooks, Add webhook. Payload URL{' '}
              <code>{location.origin}/webhooks/github</code>, content type <code>application/json</code>, the same
              secret.
            </li>
            {onLoopback() && (
              <li>GitHub has to reach this address: on a laptop, give it the address of a tunnel instead.</li>
            )}
            <li>Choose pull requests, reviews, review comments, issue comments and pushes.</li>
            <li>Open a pull request. Findings appear there and here; reply to correct them.</li>
          </ol>
        </article>
      </div>
    </section>
  );
}

function onLoopback(): boolean {
  return /^(127\.|localhost$|\[::1\]$)/.test(location.hostname);
}

/** Reviews a pasted patch at once. */
function PatchForm() {
  const patch = useSignal('');
  const running = useSignal(false);
  const id = useId();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    running.value = true;
    const answer = await attempt(() => api.reviewPatch(patch.value));
    running.value = false;
    if (answer === undefined) return;
    const { posted, withheld } = answer.review.stats;
    say(`Reviewed: ${posted} posted, ${withheld} withheld. See Findings for every why.`, 'good');
    patch.value = '';
  };
  return (
    <form onSubmit={submit}>
      <label for={id}>Or paste a patch</label>
      <textarea
        id={id}
        class="patch"
        rows={3}
        spellcheck={false}
        placeholder="diff --git a/app.js b/app.js …"
        value={patch.value}
        onInput={(event) => (patch.value = event.currentTarget.value)}
      />
      <button type="submit" class="primary" disabled={running.value || patch.value.trim() === ''}>
        {running.value ? 'Reviewing…' : 'Review it'}
      </button>
    </form>
  );
}
