import type { EventPayload } from '@continuum/contract/event';
import type { TrainingProgress } from '@continuum/contract/training-job';
import type { Verdict } from '@continuum/sandbox/gate';
import { Counter, Gauge, type Registry } from 'prom-client';

export interface LayerMetrics {
  ended(state: TrainingProgress['state']): void;
  gated(verdict: Verdict): void;
  progressed(progress: EventPayload<'training:progress'>): void;
}

/** Counters of training jobs and of gates, and how far the running job is. */
export function layerMetrics(registry: Registry): LayerMetrics {
  const registers = [registry];
  const jobs = new Counter({
    ...{ name: 'continuum_training_jobs_total', help: 'Training jobs that ended', registers },
    labelNames: ['state'],
  });
  const gates = new Counter({
    ...{ name: 'continuum_layer_gates_total', help: 'Gates that candidates went through', registers },
    labelNames: ['gate', 'passed'],
  });
  const share = new Gauge({
    ...{
      name: 'continuum_training_progress_ratio',
      help: 'Share of its steps that the latest job has made',
      registers,
    },
    labelNames: ['scope'],
  });
  const tokens = new Gauge({
    ...{ name: 'continuum_training_tokens', help: 'Tokens that the latest job has learned from', registers },
    labelNames: ['scope'],
  });
  return {
    ended: (state) => jobs.inc({ state }),
    gated: (verdict) => {
      for (const { gate, passed } of verdict.gates) gates.inc({ gate, passed: String(passed) });
    },
    progressed: (progress) => {
      const { scope } = progress;
      share.set({ scope }, progress.steps === 0 ? 0 : progress.step / progress.steps);
      tokens.set({ scope }, progress.tokens);
    },
  };
}
