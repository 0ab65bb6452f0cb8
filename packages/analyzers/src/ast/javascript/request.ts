import { functionAround } from './kinds.ts';
import type { Names } from './names.ts';
import type { Binding } from './scope.ts';

/** Parts of a request that whoever sends it decides. */
export const REQUEST_PROPERTIES =
  /^(url|originalUrl|body|query|params|param|headers|cookies|path|pathname|hostname|host|files?|rawBody|querystring|search|searchParams|queryStringParameters|pathParameters)$/;

const REQUEST_NAMES = /^_?(req|request|httpRequest|incomingMessage)$/i;
const CONTEXT_NAMES = /^(ctx|context|event)$/;
const RESPONSE_NAMES = /^_?(res|resp|response|reply|next|h)$/i;
const SERVER = /(^|\.)createServer$|(^|\.)(get|post|put|patch|delete|all|use|route|on)$/;

/** Whether a parameter is an incoming HTTP request, by its name or by where its function is handed to. */
export function isRequestParameter(binding: Binding, names: Names): boolean {
  if (REQUEST_NAMES.test(binding.name)) return true;
  const fn = binding.owner;
  if (fn === undefined || binding.index !== 0) return false;
  if (CONTEXT_NAMES.test(binding.name)) return usesRequest(fn.text);
  const call = fn.parent?.kind === 'arguments' ? fn.parent.parent : undefined;
  const callee = call?.field('function');
  if (callee === undefined || !SERVER.test(names.of(callee))) return false;
  const second = fn.field('parameters')?.parts[1]?.text ?? '';
  const created = /createServer$/.test(names.of(callee));
  return created ? second !== '' : RESPONSE_NAMES.test(second) && functionAround(fn) === undefined;
}

function usesRequest(text: string): boolean {
  return /\b(ctx|context|event)\.(request|req|query|params|body|path|url|headers|queryStringParameters|pathParameters)\b/.test(
    text.slice(0, 20_000),
  );
}
