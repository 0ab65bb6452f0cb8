import type { HeadlineMetrics } from '@continuum/contract/http';
import type { Memory, TrainingExample } from '@continuum/contract/learning';
import type { ComponentChildren } from 'preact';
import { attempt, loadLearned } from '../actions.ts';
import { api } from '../api.ts';
import { Confirm } from '../components/confirm.tsx';
import { Icon } from '../components/icon.tsx';
import { OutLink } from '../components/markdown.tsx';
import { Time } from '../components/time.tsx';
import { isWebAddress } from '../markdown.ts';
import { whoAmI } from '../session.ts';
import { examples, memories, metrics } from '../state.ts';

/** What was learned, from whom and where, and the ways to take it back. */
export function LearnedView() {
  const all = examples.value;
  const known = memories.value;
  const waiting = all?.filter((example) => example.state === 'quarantined') ?? [];
  const rest = all?.filter((example) => example.state !== 'quarantined') ?? [];
  const nothing = all?.length === 0 && known?.length === 0;
  return (
    <div class="page">
      <header class="page-head">
        <h1>Learned</h1>
        <p class="muted">What people taught, what it changed, and the way back.</p>
      </header>
      <Headline />
      {nothing && <NothingLearned />}
      <Section title="Waiting for approval" count={waiting.length}>
        {waiting.map((example) => (
          <ExampleRow key={example.id} example={example} />
        ))}
      </Section>
      <Section title="Memories" count={known?.length ?? 0}>
        {known?.map((memory) => (
          <MemoryRow key={memory.id} memory={memory} />
        ))}
      </Section>
      <Section title="Training examples" count={rest.length}>
        {rest.map((example) => (
          <ExampleRow key={example.id} example={example} />
        ))}
      </Section>
    </div>
  );
}

function NothingLearned() {
  return (
    <div class="empty">
      <p>Nothing was learned yet.</p>
      <p class="muted">
        Press Correct on a finding and say why it is wrong, or reply to it here or on the pull request. The reason
        appears here a moment later, and the next review uses it.
      </p>
    </div>
  );
}

interface SectionProps {
  readonly title: string;
  readonly count: number;
  readonly children: ComponentChildren;
}

function Section({ title, count, children }: SectionProps) {
  if (count === 0) return null;
  return (
    <section class="section">
      <h2>
        {title} <span class="count">{count}</span>
      </h2>
      <ol class="learned-list">{children}</ol>
    </section>
  );
}

const TILES: ReadonlyArray<{ readonly key: keyof HeadlineMetrics; readonly label: string; readonly hint: string }> = [
  { key: 'posted', label: 'posted', hint: 'Findings that people saw' },
  { key: 'addressedRate', label: 'addressed', hint: 'Posted findings that were fixed' },
  { key: 'humanCorrectionRate', label: 'corrected', hint: 'Posted findings that people declined' },
  {
    key: 'repeatAfterDeclineRate',
    label: 'came back',
    hint: 'Declined findings that came back; should be 0',
  },
  { key: 'precision', label: 'precision', hint: 'Of posted findings with a known outcome, those that were right' },
  { key: 'recall', label: 'recall', hint: 'Of findings known to be wanted, those posted' },
];

function Headline() {
  const [all] = metrics.value;
  if (all === undefined) return null;
  return (
    <dl class="tiles">
      {TILES.map(({ key, label, hint }) => (
        <div key={key} class="tile" title={hint}>
          <dt>{label}</dt>
          <dd>{key === 'posted' ? all.posted : percent(all[key])}</dd>
        </div>
      ))}
    </dl>
  );
}

function percent(value: string | number | null): string {
  return typeof value === 'number' ? `${Math.round(value * 100)} %` : '–';
}

function MemoryRow({ memory }: { readonly memory: Memory }) {
  const { finding, source } = memory;
  return (
    <li data-item class={`learned ${memory.state}`}>
      <div class="learned-body">
        <p class="quote">{memory.reason === '' ? <em>No reason given</em> : `“${memory.reason}”`}</p>
        <p class="muted">
          <span class={`verdict ${memory.verdict}`}>
            {memory.verdict === 'decline' ? 'do not raise' : 'right to raise'}
          </span>{' '}
          <code>{finding.rule}</code> in <code>{memory.scope}</code>, first seen in <code>{finding.path}</code>
        </p>
        <Provenance
          author={memory.author.name}
          at={memory.at}
          where={memory.repo}
          url={source.url}
          state={memory.state}
        />
      </div>
      {memory.state !== 'revoked' && (
        <Confirm label="Forget" question="Forget this?" onConfirm={() => decide(api.revokeMemory, memory.id)} />
      )}
    </li>
  );
}

function ExampleRow({ example }: { readonly example: TrainingExample }) {
  const { provenance } = example;
  const said = example.messages.findLast((message) => message.role === 'user')?.content ?? '';
  return (
    <li data-item class={`learned ${example.state}`}>
      <div class="learned-body">
        <p class="quote">{example.preference?.chosen ?? said}</p>
        <p class="muted">
          <span class={`quality ${example.quality}`}>{example.quality}</span> {example.signal}, priority{' '}
          {example.priority.toFixed(1)}, in <code>{example.scope}</code>
          {example.preference !== undefined && ', with a preference pair'}
        </p>
        <Provenance
          author={`${provenance.author.name} (${provenance.permission})`}
          at={example.at}
          where={provenance.repo ?? provenance.source.kind}
          url={provenance.source.url}
          state={example.state}
        />
      </div>
      <div class="decide">
        {example.state === 'quarantined' && (
          <button type="button" class="primary" onClick={() => decide(api.approveExample, example.id)}>
            <Icon name="check" /> Approve
          </button>
        )}
        {example.state !== 'revoked' && (
          <Confirm label="Revoke" question="Revoke this?" onConfirm={() => decide(api.revokeExample, example.id)} />
        )}
      </div>
    </li>
  );
}

interface ProvenanceProps {
  readonly author: string;
  readonly at: string;
  readonly where: string;
  readonly url: string | undefined;
  readonly state: string;
}

function Provenance({ author, at, where, url, state }: ProvenanceProps) {
  return (
    <p class="provenance">
      {author} · <Time at={at} /> ·{' '}
      {url !== undefined && isWebAddress(url) ? <OutLink href={url}>{where}</OutLink> : where}
      {state !== 'active' && <span class={`status ${state}`}>{state}</span>}
    </p>
  );
}

async function decide(action: (id: string, author: string) => Promise<unknown>, id: string): Promise<void> {
  await attempt(async () => {
    await action(id, await whoAmI());
    await loadLearned();
  });
}
