/** What the address says is shown. */
export type Route =
  | { readonly view: 'room'; readonly id: string }
  | { readonly view: 'findings'; readonly filter: FindingQuery }
  | { readonly view: 'learned' }
  | { readonly view: 'scopes' }
  | { readonly view: 'layers' }
  | { readonly view: 'operations' };

export interface FindingQuery {
  readonly repo: string;
  readonly pr: string;
  readonly status: string;
}

export const DEFAULT_ROOM = 'dev-updates';

/** The route a hash such as `#/findings?status=withheld` stands for; the default room for anything unknown. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [view, id] = path.split('/');
  if (view === 'findings') return { view, filter: parseFilter(new URLSearchParams(query)) };
  if (view === 'learned' || view === 'scopes' || view === 'layers' || view === 'operations') return { view };
  return { view: 'room', id: view === 'room' && id !== undefined && id !== '' ? id : DEFAULT_ROOM };
}

function parseFilter(query: URLSearchParams): FindingQuery {
  return { repo: query.get('repo') ?? '', pr: query.get('pr') ?? '', status: query.get('status') ?? '' };
}

/** The hash of the findings view under a filter. */
export function findingsHash(filter: FindingQuery): string {
  const set = Object.entries(filter).filter(([, value]) => value !== '');
  return `#/findings${set.length === 0 ? '' : `?${new URLSearchParams(set)}`}`;
}
