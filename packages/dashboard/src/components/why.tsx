import type { Finding, Reason } from '@continuum/contract/finding';
import { isOwnAddress, isWebAddress } from '../markdown.ts';
import { OutLink } from './markdown.tsx';

const KINDS: Record<Reason['kind'], string> = {
  analyzer: 'Analyzer',
  facts: 'Code facts',
  declined: 'Declined before',
  memory: 'Correction',
  rule: 'Team rule',
  layer: 'Layer',
  consensus: 'Agreement',
  model: 'Language model',
  threshold: 'Threshold',
  cap: 'Limit',
  duplicate: 'Duplicate',
  path: 'Path',
};
/** Log-odds that fill the bar. */
const FULL = 3;

/** Every reason that led to posting or withholding, with its weight, who said it and where. */
export function Why({ finding }: { readonly finding: Finding }) {
  const { why, score, verdict } = finding.judgement;
  const percent = Math.round(score * 100);
  return (
    <section class="why" aria-label="Why">
      <p class="why-score">
        <span class="track" aria-hidden="true">
          <span style={{ width: `${percent}%` }} />
        </span>
        <span>
          <strong>{percent} %</strong> sure that this team wants to see it, so:{' '}
          {verdict === 'post' ? 'post' : 'withhold'}
        </span>
      </p>
      <ol>
        {why.map((reason, index) => (
          <ReasonRow key={`${index} ${reason.text}`} reason={reason} />
        ))}
        {why.length === 0 && <li class="reason">No reason was recorded.</li>}
      </ol>
    </section>
  );
}

function ReasonRow({ reason }: { readonly reason: Reason }) {
  return (
    <li class={`reason ${reason.kind}`}>
      <span class="reason-kind">{KINDS[reason.kind]}</span>
      <span class="reason-text">
        {reason.text}
        {reason.author !== undefined && <span class="reason-author"> — {reason.author}</span>}
        <Where link={reason.link} />
      </span>
      <Weight weight={reason.weight} />
    </li>
  );
}

function Where({ link }: { readonly link: string | undefined }) {
  if (link === undefined) return null;
  if (isOwnAddress(link)) return <a href={link}> said here</a>;
  if (!isWebAddress(link)) return null;
  return (
    <>
      {' '}
      <OutLink href={link}>said here</OutLink>
    </>
  );
}

function Weight({ weight }: { readonly weight: number | undefined }) {
  if (weight === undefined) return <span class="weight" />;
  const share = Math.min(1, Math.abs(weight) / FULL);
  const sign = weight < 0 ? 'against' : 'for';
  return (
    <span class={`weight ${sign}`} title={`${weight.toFixed(2)} log-odds ${sign} posting`}>
      <span class="bar" style={{ width: `${Math.round(share * 48)}px` }} aria-hidden="true" />
      <span class="weight-number">{`${weight > 0 ? '+' : weight < 0 ? '−' : ''}${Math.abs(weight).toFixed(1)}`}</span>
    </span>
  );
}
