const STEPS = [
  { unit: 'd', ms: 86_400_000 },
  { unit: 'h', ms: 3_600_000 },
  { unit: 'm', ms: 60_000 },
] as const;

/** A point in time as people say it: `now`, `5m`, `3h`, `2d`, then the date. */
export function ago(at: string, now: number): string {
  const passed = now - Date.parse(at);
  if (passed >= 7 * 86_400_000) return at.slice(0, 10);
  const step = STEPS.find(({ ms }) => passed >= ms);
  return step === undefined ? 'now' : `${Math.floor(passed / step.ms)}${step.unit}`;
}
