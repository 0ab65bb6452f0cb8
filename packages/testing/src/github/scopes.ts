import type { Scope } from './api-app.ts';

/** What a request needs: any of these permissions, and how much of it. */
interface Need {
  readonly anyOf: readonly string[];
  readonly level: 'read' | 'write';
}

/** By path below `/repos/{owner}/{repo}`; the first that fits (https://docs.github.com/rest/authentication/permissions-required-for-github-apps). */
const NEEDS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^\/check-runs|^\/commits\/[^/]+\/check-runs$/, ['checks']],
  [/^\/(?:git|contents|compare|commits)\//, ['contents']],
  [/^\/issues\//, ['issues', 'pull_requests']],
  [/^\/pulls\//, ['pull_requests']],
];

function needOf(method: string, below: string): Need {
  const anyOf = NEEDS.find(([path]) => path.test(below))?.[1] ?? ['metadata'];
  return { anyOf, level: method === 'GET' ? 'read' : 'write' };
}

/** Why GitHub refuses a request under an installation's token: 404 for what it cannot see, 403 for what it may not do. */
export function refusedBy(scope: Scope, method: string, path: string): 403 | 404 | undefined {
  const [, repo, below = ''] = /^\/repos\/[^/]+\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  if (repo === undefined) return undefined;
  if (scope.repositories !== undefined && !scope.repositories.includes(repo)) return 404;
  const { anyOf, level } = needOf(method, below);
  const isEnough = (name: string): boolean => {
    const given = scope.permissions[name];
    return given === 'write' || (given === 'read' && level === 'read');
  };
  return anyOf.some(isEnough) ? undefined : 403;
}
