import type { Finding, Reason } from '@continuum/contract/finding';
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { type FindingQuery, findingsHash } from '../address.ts';
import { FindingCard } from '../components/finding-card.tsx';
import { Time } from '../components/time.tsx';
import { Welcome } from '../components/welcome.tsx';
import { findings } from '../state.ts';

const STATUSES = ['', 'posted', 'withheld', 'declined', 'confirmed', 'addressed', 'resolved'];

/** Every finding, posted and withheld, with its why. */
export function FindingsView({ filter }: { readonly filter: FindingQuery }) {
  const list = findings.value;
  const filtered = filter.repo !== '' || filter.pr !== '' || filter.status !== '';
  return (
    <div class="page">
      <header class="page-head">
        <h1>Findings</h1>
        <p class="muted">Posted and withheld, newest first. Every one says why.</p>
      </header>
      <Filters filter={filter} />
      {list !== undefined && list.length === 0 && (filtered ? <NoMatch /> : <Welcome />)}
      <ol class="finding-list">
        {list?.map((finding) => (
          <FindingRow key={finding.id} finding={finding} />
        ))}
      </ol>
    </div>
  );
}

function NoMatch() {
  return (
    <p class="empty">
      No finding matches. <a href="#/findings">Show all</a>
    </p>
  );
}

function Filters({ filter }: { readonly filter: FindingQuery }) {
  const repoId = useId();
  const prId = useId();
  const listId = useId();
  const go = (change: Partial<FindingQuery>) => {
    location.hash = findingsHash({ ...filter, ...change });
  };
  const repos = [...new Set(findings.value?.map((finding) => finding.repo) ?? [])];
  return (
    <div class="filters">
      <fieldset class="segments">
        <legend class="hidden">Status</legend>
        {STATUSES.map((status) => (
          <button key={status} type="button" aria-pressed={filter.status === status} onClick={() => go({ status })}>
            {status === '' ? 'all' : status}
          </button>
        ))}
      </fieldset>
      <span class="fields">
        <label for={repoId}>Repository</label>
        <input
          id={repoId}
          list={listId}
          placeholder="owner/name"
          value={filter.repo}
          onChange={(event) => go({ repo: event.currentTarget.value.trim() })}
        />
        <datalist id={listId}>
          {repos.map((repo) => (
            <option key={repo} value={repo} />
          ))}
        </datalist>
        <label for={prId}>
          <abbr title="Pull request">PR</abbr>
        </label>
        <input
          id={prId}
          class="short"
          inputMode="numeric"
          pattern="[0-9]*"
          placeholder="#"
          value={filter.pr}
          onChange={(event) => go({ pr: event.currentTarget.value.replace(/\D/g, '') })}
        />
      </span>
    </div>
  );
}

function FindingRow({ finding }: { readonly finding: Finding }) {
  const open = useSignal(false);
  return (
    <li data-item class="finding-row">
      <button
        type="button"
        class="finding-summary"
        data-action="open"
        aria-expanded={open.value}
        onClick={() => (open.value = !open.value)}
      >
        <span class={`severity ${finding.severity}`}>{finding.severity}</span>
        <span class="finding-title">{finding.title}</span>
        <code class="place">
          {finding.path}:{finding.line}
        </code>
        <span class={`status ${finding.status}`}>{finding.status}</span>
        <span class="score" title="Probability that this team wants it">
          {Math.round(finding.judgement.score * 100)} %
        </span>
        <Time at={finding.at} />
      </button>
      {open.value ? <FindingCard finding={finding} standalone /> : <Because finding={finding} />}
    </li>
  );
}

const TAUGHT: ReadonlySet<string> = new Set(['declined', 'memory', 'rule', 'layer']);

/** What people taught counts more than any weight: it is what the reader can change. */
function importance(reason: Reason): number {
  return Math.abs(reason.weight ?? 0) + (TAUGHT.has(reason.kind) ? 100 : 0);
}

/** The reason that decided, in one line. */
function Because({ finding }: { readonly finding: Finding }) {
  const [first] = finding.judgement.why.toSorted((a, b) => importance(b) - importance(a));
  if (first === undefined) return null;
  return (
    <p class="because">
      {first.text}
      {first.author !== undefined && ` — ${first.author}`}
    </p>
  );
}
