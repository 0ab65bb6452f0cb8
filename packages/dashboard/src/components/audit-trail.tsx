import type { AuditView } from '@continuum/contract/http';
import { attempt, loadAuditState } from '../actions.ts';
import { auditState } from '../state.ts';
import { Time } from './time.tsx';

/** The newest entries of the audit, and whether anybody changed it. */
export function AuditTrail({ entries }: { readonly entries: readonly AuditView[] }) {
  return (
    <section class="section" aria-labelledby="audit">
      <div class="section-head">
        <h2 id="audit">
          Audit <Chain />
        </h2>
        <button type="button" class="quiet" onClick={() => void attempt(loadAuditState)}>
          Verify again
        </button>
      </div>
      {entries.length === 0 && <p class="muted">Nobody did anything yet.</p>}
      <ol class="audit" hidden={entries.length === 0}>
        {entries.map((entry) => (
          <li key={entry.seq} data-item>
            <span class="seq">{entry.seq}</span>
            <Time at={entry.at} />
            <span class="actor">{entry.actor}</span>
            <code>{entry.action}</code>
            <End detail={entry.detail} />
            <code class="subject" title={entry.subject}>
              {entry.subject}
            </code>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Chain() {
  const state = auditState.value;
  if (state === undefined) return null;
  return state.intact ? (
    <span class="verdict affirm">whole</span>
  ) : (
    <span class="verdict decline">changed or removed at entry {state.brokenAt}</span>
  );
}

function End({ detail: { outcome, code } }: Pick<AuditView, 'detail'>) {
  if (typeof outcome !== 'string') return <span />;
  return (
    <span class="verdict decline" title={typeof code === 'string' ? code : ''}>
      {outcome}
    </span>
  );
}
