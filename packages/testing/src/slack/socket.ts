import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';

export type SocketType = 'events_api' | 'interactive' | 'slash_commands';

interface Answer {
  /** 200 when it was acknowledged, 0 when not. */
  readonly status: number;
  /** JSON of the payload that came with the acknowledgement. */
  readonly response: string;
}

export interface SocketHub {
  /** The address that a client may open, once. */
  open(): string;
  count(): number;
  /** Sends an envelope to one of the clients and waits for its acknowledgement. */
  send(type: SocketType, payload: Readonly<Record<string, unknown>>, retry: number, timeoutMs: number): Promise<Answer>;
  /** Tells all clients to go, as Slack does every few hours; `rudely` cuts them off without a word. */
  disconnect(rudely?: boolean): void;
  close(): void;
}

const Ack = z.object({ envelope_id: z.string(), payload: z.unknown().optional() });

/** Socket Mode on the same server as the API: tickets from `apps.connections.open`, envelopes, acknowledgements. */
export function createSocketHub(url: () => string): SocketHub & { attach(server: Server): void } {
  const sockets = new Set<WebSocket>();
  const tickets = new Set<string>();
  const waiting = new Map<string, (payload: unknown) => void>();
  const server = new WebSocketServer({ noServer: true });
  const welcome = (socket: WebSocket): void => {
    socket.on('message', (data) => {
      const ack = Ack.safeParse(JSON.parse(String(data))).data;
      if (ack !== undefined) waiting.get(ack.envelope_id)?.(ack.payload);
    });
    socket.on('close', () => sockets.delete(socket));
    sockets.add(socket);
    const info = { type: 'hello', num_connections: sockets.size, connection_info: { app_id: 'A0FAKE00' } };
    socket.send(JSON.stringify(info));
  };
  return {
    attach(http) {
      http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        const ticket = new URL(request.url ?? '', 'http://localhost').searchParams.get('ticket') ?? '';
        if (!tickets.delete(ticket)) return socket.destroy();
        return server.handleUpgrade(request, socket, head, welcome);
      });
    },
    open() {
      const ticket = randomUUID();
      tickets.add(ticket);
      return `${url().replace('http', 'ws')}/link/?ticket=${ticket}`;
    },
    count: () => sockets.size,
    send(type, payload, retry, timeoutMs) {
      const [socket] = sockets;
      const envelope = { envelope_id: randomUUID(), type, payload, accepts_response_payload: type !== 'events_api' };
      const retried = type === 'events_api' ? { retry_attempt: retry, retry_reason: retry === 0 ? '' : 'timeout' } : {};
      return new Promise((resolve) => {
        const finish = (answer: Answer): void => {
          clearTimeout(timer);
          waiting.delete(envelope.envelope_id);
          resolve(answer);
        };
        const timer = setTimeout(() => finish({ status: 0, response: 'timed out' }), timeoutMs);
        waiting.set(envelope.envelope_id, (given) => finish({ status: 200, response: JSON.stringify(given ?? {}) }));
        socket?.once('close', () => finish({ status: 0, response: 'disconnected' }));
        socket?.send(JSON.stringify({ ...envelope, ...retried }));
      });
    },
    disconnect(rudely = false) {
      for (const socket of sockets) {
        if (rudely) socket.terminate();
        else socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
      }
    },
    close() {
      for (const socket of sockets) socket.terminate();
      server.close();
    },
  };
}
