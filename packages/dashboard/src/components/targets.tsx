import type { TargetView } from '@continuum/contract/http';
import { Time } from './time.tsx';

const NAMES: Readonly<Record<string, string>> = { event: 'Event bus', github: 'GitHub' };
const SAYS = {
  closed: 'answers',
  open: 'does not answer',
  'half-open': 'is tried again',
} as const;
const TONE = { closed: 'affirm', open: 'decline', 'half-open': 'warn' } as const;

/** Systems that effects go to: who does not answer is left alone for a while. */
export function Targets({ targets }: { readonly targets: readonly TargetView[] }) {
  return (
    <section class="section" aria-labelledby="targets">
      <h2 id="targets">Targets</h2>
      <ul class="learned-list">
        {targets.map((target) => (
          <li key={target.target} class="learned target">
            <div class="learned-body">
              <p>
                <span class="scope-id">{NAMES[target.target] ?? target.target}</span>{' '}
                <span class={`verdict ${TONE[target.state]}`}>{SAYS[target.state]}</span>
              </p>
              {target.state !== 'closed' && <Trouble target={target} />}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Trouble({ target: { failures, error, probeAt, at } }: { readonly target: TargetView }) {
  return (
    <>
      {error !== undefined && <p class="quote">{error}</p>}
      <p class="provenance">
        Failed {failures === 1 ? 'once' : `${failures} times in a row`}, last: <Time at={at} />
        {probeAt !== undefined && `; tried again ${waitText(probeAt)}`}. Its effects wait and nothing is lost.
      </p>
    </>
  );
}

function waitText(probeAt: string): string {
  const seconds = Math.ceil((Date.parse(probeAt) - Date.now()) / 1000);
  if (seconds <= 0) return 'with the next effect that is due';
  return seconds < 90 ? `in ${seconds} s` : `in ${Math.round(seconds / 60)} min`;
}
