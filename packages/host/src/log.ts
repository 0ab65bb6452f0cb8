import { type Logger, pino } from 'pino';
import type { Settings } from './settings.ts';

/** Fields that never reach a log line, whatever object is logged. */
const SECRET_FIELDS = ['token', 'secret', 'apiKey', 'privateKey', 'authorization', 'password'];

/** Structured logs as JSON lines on standard error, so that standard output stays for answers. */
export function createLog(level: Settings['logLevel']): Logger {
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  return pino({ level, redact: { paths, censor: '[redacted]' }, base: {} }, pino.destination({ dest: 2, sync: true }));
}
