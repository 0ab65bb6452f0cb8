import type { EventPayload } from '@continuum/contract/event';
import type { Layer } from '@continuum/contract/layer';
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { attempt, loadLayers, say } from '../actions.ts';
import { api } from '../api.ts';
import { Confirm } from '../components/confirm.tsx';
import { Icon } from '../components/icon.tsx';
import { Time } from '../components/time.tsx';
import { jobs, layers, scopes } from '../state.ts';

/** What was trained from corrections, how it did at its gates, where it stands, and the ways forward and back. */
export function LayersView() {
  const all = layers.value;
  return (
    <div class="page">
      <header class="page-head">
        <h1>Layers</h1>
        <p class="muted">Corrections of a scope, trained into a layer that everybody inside the scope decides with.</p>
      </header>
      <Train />
      <Jobs />
      {all?.length === 0 && (
        <div class="empty">
          <p>No layer was trained yet.</p>
          <p class="muted">
            Memory learns from every correction at once. With 32 corrections in a scope a layer can be trained from
            them; with 500 examples or 200 pairs it is trained by itself.
          </p>
        </div>
      )}
      <ol class="learned-list">
        {all?.map((layer) => (
          <LayerRow key={layer.id} layer={layer} />
        ))}
      </ol>
    </div>
  );
}

function Train() {
  const id = useId();
  const scope = useSignal('/');
  const train = async () => {
    const begun = await attempt(() => api.train(scope.value));
    if (begun !== undefined) say(`Training of ${scope.value} is in line.`, 'good');
  };
  return (
    <div class="filters">
      <label for={id}>Scope</label>
      <select id={id} value={scope.value} onChange={(event) => (scope.value = event.currentTarget.value)}>
        {(scopes.value ?? []).map((each) => (
          <option key={each.id} value={each.id}>
            {each.id}
          </option>
        ))}
      </select>
      <button type="button" class="primary" onClick={train}>
        Train now
      </button>
    </div>
  );
}

type Job = EventPayload<'training:progress'>;

function Jobs() {
  const shown = [...jobs.value.values()].filter(({ state }) => state !== 'done');
  if (shown.length === 0) return null;
  return (
    <ul class="learned-list">
      {shown.map((job) => (
        <JobRow key={job.jobId} job={job} />
      ))}
    </ul>
  );
}

function JobRow({ job }: { readonly job: Job }) {
  const goesOn = job.state === 'running' || job.state === 'queued';
  return (
    <li data-item class="learned job">
      <div class="learned-body">
        <p>
          Training <code class="scope-id">{job.scope}</code> <span class="muted">{job.state}</span>
        </p>
        {goesOn && <progress value={job.step} max={Math.max(1, job.steps)} aria-label={`Training of ${job.scope}`} />}
        <p class="provenance">{job.error ?? progressText(job)}</p>
      </div>
      {goesOn && (
        <Confirm
          label="Cancel"
          question="Stop it? Its checkpoint stays."
          onConfirm={() => void attempt(() => api.cancelTraining(job.jobId))}
        />
      )}
    </li>
  );
}

function progressText({ state, step, steps, loss, tokens, etaSeconds }: Job): string {
  const parts = [
    state === 'queued' ? 'waits for its turn' : `step ${step} of ${steps}`,
    loss === undefined ? '' : `loss ${loss.toFixed(3)}`,
    tokens === 0 ? '' : `${tokens.toLocaleString()} tokens`,
    etaSeconds === undefined ? '' : `about ${timeLeft(etaSeconds)} left`,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function timeLeft(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

const STANDS = {
  candidate: 'trained, not judged by people yet',
  shadow: 'scored beside what decides',
  canary: 'decides for some pull requests',
  active: 'decides',
  archived: 'kept, not used',
} as const;
const NEXT = { candidate: 'Into shadow', shadow: 'Make canary', canary: 'Make active', archived: 'Try again' } as const;

function LayerRow({ layer }: { readonly layer: Layer }) {
  return (
    <li data-item class={`learned layer ${layer.state}`}>
      <div class="learned-body">
        <p>
          <code class="scope-id">{layer.scope}</code>{' '}
          <span class={`status layer-${layer.state}`} title={STANDS[layer.state]}>
            {layer.state}
          </span>
        </p>
        <p class="quote">{layer.because}</p>
        {layer.gates.length > 0 && (
          <ul class="gates">
            {layer.gates.map(({ gate, passed, text }) => (
              <li key={gate}>
                <span class={`verdict ${passed ? 'affirm' : 'decline'}`}>{passed ? 'passed' : 'failed'}</span>{' '}
                <span class="gate-name">{gate}</span> <span class="muted">{text}</span>
              </li>
            ))}
          </ul>
        )}
        <Lineage layer={layer} />
      </div>
      <Decide layer={layer} />
    </li>
  );
}

function Lineage({ layer }: { readonly layer: Layer }) {
  const { id, baseModel, examples, rank, bytes, trainer, parents, at } = layer;
  const above = parents.length === 0 ? '' : ` · on top of ${parents.map(short).join(', ')}`;
  return (
    <p class="provenance">
      <code title={id}>{short(id)}</code> · <Time at={at} /> · {examples} examples · rank {rank} ·{' '}
      {(bytes / 1024).toFixed(0)} kB · {trainer} · base <code title={baseModel}>{baseModel.slice(0, 12)}</code>
      {above}
    </p>
  );
}

/** `layer-` and the first digits, enough to tell layers apart. */
function short(id: string): string {
  return id.slice(0, 'layer-'.length + 8);
}

function Decide({ layer: { id, state } }: { readonly layer: Layer }) {
  const hasSay = state === 'active' || state === 'canary' || state === 'shadow';
  return (
    <div class="decide">
      {state !== 'active' && (
        <button type="button" class={state === 'archived' ? 'quiet' : 'primary'} onClick={() => act(api.promote, id)}>
          <Icon name="check" /> {NEXT[state]}
        </button>
      )}
      {hasSay && (
        <Confirm
          label="Roll back"
          question={state === 'active' ? 'Back to the one before?' : 'Take it back?'}
          onConfirm={() => void act(api.rollback, id)}
        />
      )}
    </div>
  );
}

async function act(action: (id: string) => Promise<unknown>, id: string): Promise<void> {
  await attempt(async () => {
    await action(id);
    await loadLayers();
  });
}
