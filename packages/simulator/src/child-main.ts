import { type Order, work } from './worker.ts';

// A runner that is gone takes its workers along.
process.on('disconnect', () => process.exit(0));
process.on('message', (order: Order) => {
  work(order).then(
    (findings) => process.send?.(findings),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
