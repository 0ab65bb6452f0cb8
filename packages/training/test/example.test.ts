import { TrainingExample } from '@continuum/contract/learning';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toExample } from '../src/example.ts';
import { toJsonLines } from '../src/export.ts';
import { toMemory } from '../src/memory.ts';
import { arousalOf, scoreSignal } from '../src/score.ts';
import { AT, finding, span } from './sample.ts';

const rowsOf = (jsonl: string): unknown[] =>
  jsonl
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));

describe('an example', () => {
  it('of a decline prefers to skip, for the given reason', () => {
    const example = TrainingExample.parse(toExample(span()));
    expect(example).toMatchObject({ priority: 1, quality: 'critical', desirable: false, scope: '/security/' });
    expect(example.preference?.chosen).toBe('skip: that is parameterized, see line 15');
    expect(example.preference?.rejected).toBe('post: SQL built from input. Use parameters.');
    expect(example.messages.at(-1)).toEqual({ role: 'assistant', content: 'skip: that is parameterized, see line 15' });
    expect(example.preference?.prompt[1]?.content).toContain('db.query("select " + id)');
    expect(example.preference?.prompt[1]?.content).toContain('origins: request');
    expect(example.provenance).toMatchObject({ findingId: 'f1', repo: 'acme/shop', permission: 'write' });
  });

  it('of a confirmation prefers to post, of an edit the edited text', () => {
    const confirmed = toExample(span({ signal: 'confirmation', verdict: 'affirm', reason: 'good catch' }));
    expect(confirmed).toMatchObject({ desirable: true, preference: { rejected: 'skip' } });
    const edited = toExample(span({ signal: 'edit', verdict: undefined, edited: 'Better words.' }));
    expect(edited.preference).toMatchObject({
      chosen: 'Better words.',
      rejected: 'SQL built from input. Use parameters.',
    });
    expect(edited.desirable).toBeUndefined();
  });

  it('never holds recalled memory', () => {
    for (const verdict of ['decline', 'affirm'] as const) {
      expect(JSON.stringify(toExample(span({ verdict })))).not.toContain('RECALLED');
    }
  });

  it('has the id of its span: same words same example, a changed mind another', () => {
    const one = toExample(span());
    expect(
      toExample(span({ reason: '  That is PARAMETERIZED,\nsee line 15', at: '2027-01-01T00:00:00.000Z' })).id,
    ).toBe(one.id);
    expect(toExample(span({ verdict: 'affirm' })).id).not.toBe(one.id);
    expect(toExample(span({ reason: 'other words' })).id).not.toBe(one.id);
    expect(toExample(span({ finding: finding({ id: 'f2' }) })).id).not.toBe(one.id);
  });
});

describe('a score', () => {
  const sure = { confidence: 1, permission: 'write', arousal: 0 } as const;
  it.each([
    ['correction', 1, 'critical'],
    ['consensus', 0.7, 'high'],
    ['response', 0.5, 'medium'],
    ['question', 0.3, 'low'],
  ] as const)('of a %s is %d, %s', (signal, priority, quality) => {
    expect(scoreSignal({ signal, ...sure })).toEqual({ priority, quality });
  });

  it('falls with trust, rises with feeling and stays in [0, 1]', () => {
    expect(scoreSignal({ signal: 'correction', ...sure, permission: 'read' }).priority).toBeLessThan(1);
    expect(scoreSignal({ signal: 'consensus', ...sure, arousal: 1 }).priority).toBeCloseTo(0.84);
    const number = fc.double();
    const signal = fc.constantFrom('correction', 'edit', 'question', 'response');
    fc.assert(
      fc.property(signal, number, number, (name, confidence, arousal) => {
        const { priority } = scoreSignal({ signal: name, confidence, permission: 'admin', arousal });
        expect(priority).toBeGreaterThanOrEqual(0);
        expect(priority).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('hears shouting', () => {
    expect(arousalOf('This is WRONG!!!')).toBeGreaterThan(arousalOf('this is wrong'));
    expect(arousalOf('fine')).toBe(0);
  });
});

describe('a memory', () => {
  const judgement = { finding: finding(), verdict: 'decline', confidence: 0.8, author: span().author } as const;
  const rest = { source: span().source, state: 'active', at: AT, spanHash: 'a'.repeat(64) } as const;

  it('keeps the words and what is needed to recognise similar findings', () => {
    const memory = toMemory({ ...judgement, ...rest, reason: 'it is parameterized' });
    expect(memory).toMatchObject({ verdict: 'decline', reason: 'it is parameterized', weight: 1, fingerprint: 'abc' });
    expect(memory.finding).not.toHaveProperty('judgement');
  });

  it('weighs a bare thumb less and cuts a flood of words', () => {
    expect(toMemory({ ...judgement, ...rest, reason: '' }).weight).toBe(0.6);
    expect(toMemory({ ...judgement, ...rest, reason: 'x'.repeat(30_000) }).reason).toHaveLength(20_000);
  });
});

describe('the export', () => {
  const examples = [
    toExample(span()),
    toExample(span({ signal: 'confirmation', verdict: 'affirm', reason: 'good catch' })),
    toExample(span({ signal: 'question', verdict: undefined, reason: 'why?' })),
    toExample(span({ reason: 'quarantined', state: 'quarantined' })),
    toExample(span({ reason: 'revoked', state: 'revoked' })),
    toExample(span({ reason: 'opted out', consent: 'opted-out' })),
  ];

  it.each([
    ['openai', ['messages']],
    ['trl-sft', ['completion', 'prompt']],
    ['dpo', ['chosen', 'prompt', 'rejected']],
    ['kto', ['completion', 'label', 'prompt']],
  ] as const)('as %s holds what may be learned, in its shape', (format, keys) => {
    const { jsonl, count } = toJsonLines(examples, format);
    const rows = rowsOf(jsonl);
    expect(rows).toHaveLength(2);
    expect(count).toBe(2);
    for (const row of rows) expect(Object.keys(Object(row)).sort()).toEqual(keys);
    expect(jsonl).not.toMatch(/quarantined|revoked|opted out/);
  });

  it('labels a declined finding as unwanted', () => {
    const [declined, confirmed] = rowsOf(toJsonLines(examples, 'kto').jsonl);
    expect(declined).toMatchObject({ label: false, completion: [{ role: 'assistant' }] });
    expect(confirmed).toMatchObject({ label: true });
  });

  it('holds no secret and stays one JSON object a line whatever was said', () => {
    const leaky = toExample(span({ reason: 'token ghp_abcdefghijklmnopqrstuvwxyz0123456789 is\nrevoked' }));
    expect(toJsonLines([leaky], 'dpo').jsonl).not.toContain('ghp_');
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('openai', 'dpo'), (reason, format) => {
        expect(rowsOf(toJsonLines([toExample(span({ reason }))], format).jsonl)).toHaveLength(1);
      }),
    );
  });
});
