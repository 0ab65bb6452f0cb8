import type { JavaScriptRule } from '../../rule.ts';
import { codeInjection } from './code-injection.ts';
import { commandInjection } from './command-injection.ts';
import { pathTraversal } from './path-traversal.ts';
import { prototypePollution } from './prototype-pollution.ts';
import { redos } from './redos.ts';

/** Every rule for JavaScript, TypeScript and their JSX forms. */
export const JAVASCRIPT_RULES: readonly JavaScriptRule[] = [
  commandInjection,
  codeInjection,
  pathTraversal,
  prototypePollution,
  redos,
];
