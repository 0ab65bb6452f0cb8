import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ContinuumError } from '@continuum/contract/errors';
import type { Core } from '@continuum/host/runtime';
import { errorParts } from './answers.ts';
import { letGo, MAX_BODY_BYTES, readRequest } from './body.ts';
import { assertOpen } from './door.ts';
import type { DeliveryAnswer, GatewayOptions } from './options.ts';
import { requestObserver } from './request-metrics.ts';

const PATH = /^\/webhooks\/([^/?#]+)(?:\?|$)/;
const ROUTE = '/webhooks/:source';
/** A body announced with fewer bytes is still read and thrown away when it is refused, so that its connection lives on. */
const DRAINED_BYTES = 1 << 20;
/** A sender is no browser; should one look all the same, it shows this as nothing but JSON. */
const HEADERS = ['content-type', 'application/json', 'x-content-type-options', 'nosniff'];

/**
 * Where deliveries come in: raw bytes go to intake, which verifies the signature; no token, the signature is the proof.
 * Straight on the node server, because this is the one route whose speed senders feel; everything else goes to `others`.
 */
export function deliveryListener(
  { metrics, log }: Pick<Core, 'metrics' | 'log'>,
  options: GatewayOptions,
  others: RequestListener,
): RequestListener {
  const { acceptDelivery: accept, admitDelivery: admit, door } = options;
  if (accept === undefined) return others;
  const observe = requestObserver(metrics, log);

  /** Nothing is awaited before a delivery is let in or refused: those that are refused cost little. */
  const enter = (request: IncomingMessage, source: string): DeliveryAnswer | Promise<DeliveryAnswer> => {
    assertOpen(door);
    assertSource(source);
    const place = admit?.(announced(request));
    if (place !== undefined && 'status' in place) return place;
    const take = async (): Promise<DeliveryAnswer> => {
      try {
        const body = await readRequest(request, MAX_BODY_BYTES);
        const given = await accept(source, request.headers, body);
        if (given.status < 500) letGo(body);
        return given;
      } catch (thrown) {
        return errorParts(thrown, log);
      } finally {
        place?.release();
      }
    };
    return door === undefined ? take() : door.pass(take);
  };
  return (request, response) => {
    const source = request.method === 'POST' ? PATH.exec(request.url ?? '')?.[1] : undefined;
    if (source === undefined) return others(request, response);
    const began = performance.now();
    const answer = (given: DeliveryAnswer): void => {
      send(request, response, given);
      observe({ method: 'POST', route: ROUTE, status: given.status }, (performance.now() - began) / 1000, request.url);
    };
    try {
      const entered = enter(request, decoded(source));
      if ('status' in entered) answer(entered);
      else void entered.then(answer);
    } catch (thrown) {
      answer(errorParts(thrown, log));
    }
  };
}

function send(request: IncomingMessage, response: ServerResponse, { status, body, headers }: DeliveryAnswer): void {
  if (response.destroyed) return;
  const content = body === undefined ? '' : JSON.stringify(body);
  const own = headers === undefined ? [] : Object.entries(headers).flat();
  const isRead = request.complete || announced(request) <= DRAINED_BYTES;
  const end = isRead ? [] : ['connection', 'close'];
  const length = Buffer.byteLength(content);
  if (!request.complete) request.on('data', letGo);
  response.writeHead(status, [...HEADERS, 'content-length', String(length), ...own, ...end]);
  // Nearly always ASCII, which is written without being encoded.
  response.end(content, length === content.length ? 'latin1' : 'utf8');
}

/** Bytes of the body, as much as any may have when the sender does not say. */
function announced(request: IncomingMessage): number {
  const length = request.headers['content-length'];
  return length === undefined ? MAX_BODY_BYTES : Number(length);
}

function assertSource(source: string): void {
  if (source.length <= 64) return;
  throw new ContinuumError('INVALID_INPUT', 'source: at most 64 characters', {
    next: 'Deliver to /webhooks/<source>; /openapi.json lists every route.',
  });
}

function decoded(source: string): string {
  try {
    return decodeURIComponent(source);
  } catch {
    return source;
  }
}
