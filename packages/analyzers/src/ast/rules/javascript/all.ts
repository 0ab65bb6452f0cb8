import type { JavaScriptRule } from '../../rule.ts';
import { codeInjection } from './code-injection.ts';
import { commandInjection } from './command-injection.ts';
import { assignmentInCondition, asyncForEach, floatEquality, nanComparison } from './correctness.ts';
import { insecureRandom, tlsDisabled, weakCrypto } from './crypto.ts';
import { dynamicRequire, insecureDeserialisation, regexInjection } from './deserialisation.ts';
import { unsafeHtml } from './html.ts';
import { pathTraversal } from './path-traversal.ts';
import { prototypePollution } from './prototype-pollution.ts';
import { redos } from './redos.ts';
import { openRedirect, requestForgery } from './request-forgery.ts';
import { sqlInjection } from './sql-injection.ts';

/** Every rule for JavaScript, TypeScript and their JSX forms. */
export const JAVASCRIPT_RULES: readonly JavaScriptRule[] = [
  commandInjection,
  codeInjection,
  sqlInjection,
  pathTraversal,
  prototypePollution,
  redos,
  regexInjection,
  unsafeHtml,
  openRedirect,
  requestForgery,
  insecureDeserialisation,
  dynamicRequire,
  weakCrypto,
  insecureRandom,
  tlsDisabled,
  nanComparison,
  assignmentInCondition,
  asyncForEach,
  floatEquality,
];
