import { createPersonaDaemon } from '@continuum/daemon-persona/daemon';
import { followPlaces } from '@continuum/daemon-persona/holds';
import { createOutbox } from '@continuum/host/outbox';
import { auditKeeper } from '../audit.ts';
import { localCode } from '../local-code.ts';
import { wakeOutbox } from '../observe.ts';
import { retention } from '../retention.ts';
import type { Staff, With } from './staff.ts';

/** `continuum daemon persona`: reviews, talks, and writes outside. */
export function staffPersona(
  runtime: With<'analyzers' | 'chatHost' | 'codeHost' | 'trackers' | 'model' | 'policy'>,
): Staff {
  const outbox = createOutbox(runtime);
  const persona = createPersonaDaemon({ ...runtime, searchCode: localCode(runtime) });
  const keepers = [retention(runtime), auditKeeper(runtime)];
  return {
    daemons: [followPlaces(runtime), persona, wakeOutbox(runtime, outbox), outbox, ...keepers],
    http: {},
    checks: {},
  };
}
