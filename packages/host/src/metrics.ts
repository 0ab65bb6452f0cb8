import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry of its own for each runtime, with the process metrics in it. */
export function createMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'continuum_' });
  return registry;
}
