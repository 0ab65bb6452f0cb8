import type { World } from './world.ts';

// Taken before any run replaces globals.
const { nextTick } = process;

/** What is left over after a run that went nowhere. */
const MOST_EVENTS = 400_000;

/**
 * Lets one event happen after the other until `isOver`. Between two events every promise turn is taken: a tick that is asked
 * for from the microtask queue runs only when that queue is empty, so the order is the same in every run.
 */
export function drive(world: World, isOver: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let events = 0;
    const afterMicrotasks = (): void => nextTick(step);
    const step = (): void => {
      if (isOver() || world.violation !== undefined) {
        resolve();
        return;
      }
      events += 1;
      if (events > MOST_EVENTS) world.fail('liveness', `still busy after ${MOST_EVENTS} events`);
      if (!world.scheduler.step()) world.fail('liveness', 'nothing is left that could happen');
      queueMicrotask(afterMicrotasks);
    };
    step();
  });
}
