/** Where failed deliveries are told; a pino logger fits. */
export interface BusLog {
  warn(about: object, message: string): void;
  error(about: object, message: string): void;
}

export const SILENT: BusLog = { warn: () => undefined, error: () => undefined };
