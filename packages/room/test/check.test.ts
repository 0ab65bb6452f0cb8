import { describe, expect, it } from 'vitest';
import { annotationOf, checkTitle } from '../src/check.ts';
import { renderSummary } from '../src/summary.ts';
import { finding, PERSONA, review } from './sample.ts';

describe('a check run', () => {
  it('counts what is open, the worst first', () => {
    expect(checkTitle([])).toBe('Nothing to report');
    expect(checkTitle([{ severity: 'low' }, { severity: 'critical' }, { severity: 'low' }])).toBe(
      '3 findings: 1 critical, 2 low',
    );
  });

  it('notes a finding at its lines, in plain text of bounded length', () => {
    const note = annotationOf(finding({ line: 15, endLine: 17, severity: 'medium', message: 'x'.repeat(10_000) }));
    expect(note).toMatchObject({ path: 'src/db.ts', startLine: 15, endLine: 17, level: 'warning' });
    expect(note.title).toBe('medium: SQL built from input');
    expect(note.message.length).toBeLessThanOrEqual(4_000);
  });
});

describe('the summary of a push', () => {
  const render = (more: object) =>
    renderSummary({ review: { ...review(), ...more }, findings: [finding()], personas: [PERSONA] });

  it('says what was read and what stands as it was read', () => {
    const text = render({ since: { head: 'abcdef1234567', untouched: 14 }, parts: 3 });
    expect(text).toContain('Read what changed since `abcdef1`: ');
    expect(text).toContain(', in 3 parts, the most dangerous files first. 14 other files did not change.');
  });

  it('says what the change is for, and lets no title write anything else', () => {
    const tickets = [
      { key: 'ENG-42', title: 'Limit **uploads**', url: 'https://linear.app/acme/issue/ENG-42' },
      { key: '#7', title: '![x](http://evil/p.png)', url: 'javascript:alert(1)' },
    ];
    const text = render({ intent: { title: 'Uploads <!-- continuum:summary --> @everyone', tickets } });
    expect(text).toContain('[ENG-42](https://linear.app/acme/issue/ENG-42) Limit \\*\\*uploads\\*\\*');
    expect(text).not.toMatch(/<!-- continuum:summary|@everyone|javascript:|!\[x\]/);
  });

  it('repeats no instruction of a broken configuration as its own', () => {
    expect(render({ notes: ['continuum.config.json could not be used: <b>run</b>: no'] })).toContain(
      '> continuum.config.json could not be used: &lt;b&gt;run&lt;/b&gt;: no',
    );
  });
});
