import type { Finding } from '@continuum/contract/finding';
import { signal, useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { attempt, correct, giveThumb, myVerdicts } from '../actions.ts';
import { isWebAddress } from '../markdown.ts';
import { personaById } from '../state.ts';
import { focusOnMount } from './focus.ts';
import { Icon } from './icon.tsx';
import { Markdown, OutLink } from './markdown.tsx';
import { Why } from './why.tsx';

interface Props {
  readonly finding: Finding;
  /** Without a message around it: says where and who instead, under a line that has the title. */
  readonly standalone?: boolean;
  readonly onReply?: () => void;
}

/** A finding with its evidence, its why, and the ways to judge it. */
export function FindingCard({ finding, standalone = false, onReply }: Props) {
  const whyOpen = useSignal(false);
  const correcting = useSignal(false);
  return (
    <section class={`finding ${finding.severity}`} aria-label={`${finding.severity}: ${finding.title}`}>
      <Head finding={finding} standalone={standalone} />
      <Markdown text={finding.message} />
      <Evidence finding={finding} />
      <Suggested finding={finding} />
      <div class="actions">
        <Thumbs finding={finding} />
        <button
          type="button"
          data-action="correct"
          aria-expanded={correcting.value}
          onClick={() => (correcting.value = !correcting.value)}
        >
          <Icon name="pen" /> Correct
        </button>
        <button
          type="button"
          data-action="why"
          aria-expanded={whyOpen.value}
          onClick={() => (whyOpen.value = !whyOpen.value)}
        >
          <Icon name="why" /> Why
        </button>
        {onReply !== undefined && (
          <button type="button" data-action="reply" onClick={onReply}>
            <Icon name="reply" /> Reply
          </button>
        )}
      </div>
      {correcting.value && <Correction finding={finding} onDone={() => (correcting.value = false)} />}
      {whyOpen.value && <Why finding={finding} />}
    </section>
  );
}

function Head({ finding, standalone }: { readonly finding: Finding; readonly standalone: boolean }) {
  const persona = personaById.value.get(finding.persona);
  return (
    <header class="finding-head">
      <div class="finding-line">
        {!standalone && <span class={`severity ${finding.severity}`}>{finding.severity}</span>}
        {!standalone && <h3>{finding.title}</h3>}
        {(standalone || finding.status !== 'posted') && <Status finding={finding} />}
      </div>
      <div class="finding-place">
        <Place finding={finding} />
        {standalone && (
          <span>
            {finding.repo}
            {finding.pr !== undefined && ` #${finding.pr}`}
          </span>
        )}
        {standalone && <span>{`${persona?.emoji ?? '🤖'} ${persona?.name ?? finding.persona}`}</span>}
        {finding.cwe !== undefined && (
          <OutLink href={`https://cwe.mitre.org/data/definitions/${finding.cwe.slice(4)}.html`}>{finding.cwe}</OutLink>
        )}
      </div>
    </header>
  );
}

const BECAUSE: Record<NonNullable<Finding['withheldBecause']>, string> = {
  judgement: 'this team would not want it',
  declined: 'declined before',
  cap: 'others mattered more',
  threshold: 'not sure enough',
  duplicate: 'said already',
  path: 'not wanted in this place',
};

function Status({ finding }: { readonly finding: Finding }) {
  const because = finding.withheldBecause === undefined ? undefined : BECAUSE[finding.withheldBecause];
  const text = finding.status === 'withheld' && because !== undefined ? `withheld · ${because}` : finding.status;
  return <span class={`status ${finding.status}`}>{text}</span>;
}

function Place({ finding }: { readonly finding: Finding }) {
  const place = `${finding.path}:${finding.line}`;
  if (finding.url === undefined || !isWebAddress(finding.url)) return <code class="place">{place}</code>;
  return (
    <OutLink href={finding.url}>
      <code class="place">{place}</code>
    </OutLink>
  );
}

function Evidence({ finding }: { readonly finding: Finding }) {
  const lines = finding.evidence.replace(/\n$/, '').split('\n');
  return (
    <section class="code numbered" aria-label={`Evidence, ${finding.path} from line ${finding.line}`}>
      {lines.map((line, index) => (
        <div key={`${finding.line + index}`} class="code-line">
          <span class="number" aria-hidden="true">
            {finding.line + index}
          </span>
          <code>{line === '' ? ' ' : line}</code>
        </div>
      ))}
    </section>
  );
}

function Suggested({ finding }: { readonly finding: Finding }) {
  if (finding.suggestion === undefined) return null;
  const { startLine, endLine, replacement } = finding.suggestion;
  const where = startLine === endLine ? `line ${startLine}` : `lines ${startLine}–${endLine}`;
  return (
    <div class="suggestion">
      <p class="caption">Suggested for {where}</p>
      <pre class="code added">{replacement.replace(/\n$/, '')}</pre>
    </div>
  );
}

function Thumbs({ finding }: { readonly finding: Finding }) {
  const mine = myVerdicts.value.get(finding.id);
  return (
    <>
      {(['up', 'down'] as const).map((value) => (
        <button
          key={value}
          type="button"
          data-action={value}
          class="thumb"
          aria-label={value === 'up' ? 'Right, keep raising this' : 'Not useful here'}
          title={value === 'up' ? 'Right, keep raising this (y)' : 'Not useful here (n)'}
          aria-pressed={mine === value || (value === 'down' && mine === 'wrong')}
          onClick={() => void attempt(() => giveThumb(finding, value))}
        >
          <Icon name={value} />
        </button>
      ))}
    </>
  );
}

const busy = signal(false);

function Correction({ finding, onDone }: { readonly finding: Finding; readonly onDone: () => void }) {
  const id = useId();
  const reason = useSignal('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy.value || reason.value.trim() === '') return;
    busy.value = true;
    const done = await attempt(async () => {
      await correct(finding, reason.value.trim());
      return true;
    });
    busy.value = false;
    if (done === true) onDone();
  };
  return (
    <form class="correction" onSubmit={submit}>
      <label for={id}>Why is this wrong here? The reason is what the team learns from.</label>
      <div class="row">
        <input
          id={id}
          ref={focusOnMount}
          autoComplete="off"
          maxLength={2000}
          placeholder="that is parameterized, see line 15"
          value={reason.value}
          onInput={(event) => (reason.value = event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Escape' && onDone()}
        />
        <button type="submit" class="primary" disabled={busy.value || reason.value.trim() === ''}>
          Correct
        </button>
      </div>
    </form>
  );
}
