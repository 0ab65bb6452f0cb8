import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';
import { Histogram, type Registry } from 'prom-client';

const NAME = 'continuum_http_request_seconds';

/** Counts and times every request by method, route (never the raw path) and status. */
export function requestMetrics(registry: Registry, log: Logger): MiddlewareHandler {
  // A gateway that starts again takes the place of the one before.
  registry.removeSingleMetric(NAME);
  new Histogram({
    name: NAME,
    help: 'Time from request to the start of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers: [registry],
  });
  const observe = requestObserver(registry, log);
  return async (c, next) => {
    const started = performance.now();
    await next();
    const seconds = (performance.now() - started) / 1000;
    observe({ method: c.req.method, route: routePath(c, -1), status: c.res.status }, seconds, c.req.path);
  };
}

/** What a request is counted by. */
export interface RequestLabels {
  readonly method: string;
  readonly route: string;
  readonly status: number;
}

/** Notes one answered request in the metrics that `requestMetrics` registered, and in the log. */
export function requestObserver(registry: Registry, log: Logger) {
  const duration = registry.getSingleMetric(NAME);
  return (labels: RequestLabels, seconds: number, path: string | undefined): void => {
    if (duration instanceof Histogram) duration.observe({ ...labels }, seconds);
    if (log.isLevelEnabled('debug')) log.debug({ ...labels, path, ms: Math.round(seconds * 1000) }, 'request');
  };
}
