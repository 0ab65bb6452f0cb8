import type { OperationsView as Now } from '@continuum/contract/http';
import { useEffect } from 'preact/hooks';
import { attempt, loadOperations, say } from '../actions.ts';
import { api } from '../api.ts';
import { AuditTrail } from '../components/audit-trail.tsx';
import { DeadLetters } from '../components/dead-letters.tsx';
import { Targets } from '../components/targets.tsx';
import { Time } from '../components/time.tsx';
import { operations, operationsError } from '../state.ts';

const EVERY_MS = 3_000;

/** What waits, what is stuck, who did what: kept up to date while somebody looks. */
export function OperationsView() {
  useEffect(() => {
    const look = () => {
      if (!document.hidden) void loadOperations();
    };
    const timer = setInterval(look, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const shown = operations.value;
  return (
    <div class="page operations">
      <header class="page-head">
        <h1>Operations</h1>
        <p class="muted">What waits, what is stuck, and who did what.</p>
      </header>
      {operationsError.value !== undefined && (
        <p class="trouble" role="alert">
          {shown === undefined ? 'Nothing can be shown' : 'What is shown is not of now'}: {operationsError.value}.
        </p>
      )}
      {shown !== undefined && (
        <>
          <Summary now={shown.now} dead={shown.letters.length} />
          <DeadLetters letters={shown.letters} />
          <Targets targets={shown.now.targets} />
          <Waiting now={shown.now} />
          <Missed now={shown.now} />
          <Processes now={shown.now} />
          <AuditTrail entries={shown.audit} />
        </>
      )}
    </div>
  );
}

function Summary({ now, dead }: { readonly now: Now; readonly dead: number }) {
  const events = Object.values(now.backlog).reduce((sum, waiting) => sum + waiting, 0);
  const effects = now.outbox.pending + now.outbox.running;
  const journal = now.journalPendingBytes;
  return (
    <dl class="tiles">
      <Tile name="Events under way" value={events.toLocaleString()} />
      <Tile name="Effects under way" value={effects.toLocaleString()} />
      {journal !== undefined && <Tile name="In the journal" value={bytes(journal)} />}
      <Tile name="Dead letters" value={dead.toLocaleString()} tone={dead > 0 ? 'bad' : undefined} />
      <Tile name="Effects done" value={now.outbox.done.toLocaleString()} />
    </dl>
  );
}

function Tile({
  name,
  value,
  tone,
}: {
  readonly name: string;
  readonly value: string;
  readonly tone?: 'bad' | undefined;
}) {
  return (
    <div class={`tile ${tone ?? ''}`}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  return count < 1024 ** 2 ? `${(count / 1024).toFixed(0)} kB` : `${(count / 1024 ** 2).toFixed(1)} MB`;
}

function Waiting({ now }: { readonly now: Now }) {
  const consumers = Object.entries(now.backlog).sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
  const most = Math.max(1, ...consumers.map(([, waiting]) => waiting));
  return (
    <section class="section" aria-labelledby="waiting">
      <h2 id="waiting">Consumers</h2>
      {consumers.length === 0 && <p class="muted">Nobody takes part yet.</p>}
      <ul class="meters" hidden={consumers.length === 0}>
        {consumers.map(([consumer, waiting]) => (
          <li key={consumer}>
            <code>{consumer}</code>
            <meter min={0} max={most} value={waiting} aria-label={`${consumer} waiting`} />
            <span class={waiting === 0 ? 'muted' : ''}>{waiting === 0 ? 'idle' : waiting.toLocaleString()}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Missed({ now }: { readonly now: Now }) {
  const reconcile = async (source: string) => {
    const done = await attempt(() => api.reconcile(source));
    if (done === undefined) return;
    const { missed, accepted } = done;
    say(missed === 0 ? 'Nothing was missed.' : `${missed} missed, ${accepted} of them new and taken in.`, 'good');
    await loadOperations();
  };
  const known = new Map(now.reconciled.map(({ source, until }) => [source, until]));
  const until = known.get('github');
  return (
    <section class="section" aria-labelledby="missed">
      <h2 id="missed">Missed deliveries</h2>
      <div class="learned">
        <div class="learned-body">
          <p>
            <span class="scope-id">GitHub</span>
          </p>
          <p class="provenance">
            {until === undefined ? (
              'Not asked yet what it could not deliver.'
            ) : (
              <>
                Asked last: <Time at={until} />. What it could not deliver until then is taken in; asked every hour.
              </>
            )}
          </p>
        </div>
        <button type="button" onClick={() => void reconcile('github')}>
          Ask now
        </button>
      </div>
    </section>
  );
}

function Processes({ now }: { readonly now: Now }) {
  if (now.processes.length === 0) return null;
  return (
    <section class="section" aria-labelledby="processes">
      <h2 id="processes">Processes</h2>
      <ul class="chips">
        {now.processes.map(({ name, holder }) => (
          <li key={name} title={holder}>
            <span class="dot good" /> {name}
          </li>
        ))}
      </ul>
    </section>
  );
}
