import { signal } from '@preact/signals';
import { parseRoute, type Route } from './address.ts';

/** The current route; follows the address. */
export const route = signal<Route>(parseRoute(location.hash));
addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
});
