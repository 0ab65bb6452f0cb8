/** What a share is measured by: CPU time of the thread and time on the wall, both in ms and only ever growing. */
export interface Clocks {
  readonly cpu: () => number;
  readonly wall: () => number;
}

/** The CPU time of this thread, kernel time included, and the monotonic clock. */
export const threadClocks: Clocks = {
  cpu: () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  },
  wall: () => performance.now(),
};

/** How long to rest now, in ms, so that the CPU time since the start is no more than `share` of the time on the wall. */
export function createShare(share: number, clocks: Clocks): () => number {
  const began = { cpu: clocks.cpu(), wall: clocks.wall() };
  if (share >= 1) return () => 0;
  return () => Math.max(0, (clocks.cpu() - began.cpu) / share - (clocks.wall() - began.wall));
}
