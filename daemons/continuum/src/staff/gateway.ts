import { countEvents } from '../observe.ts';
import { apiOf, type Staff, type With } from './staff.ts';

/** `continuum daemon gateway`: API and web room. */
export function staffGateway(runtime: With<never>, root: string): Staff {
  return { daemons: [countEvents(runtime)], http: { api: apiOf(root) }, checks: {} };
}
