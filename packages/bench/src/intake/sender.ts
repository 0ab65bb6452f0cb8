import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { Delivery } from './payload.ts';

export interface Target {
  readonly port: number;
  readonly path: string;
}

const ID_LENGTH = 32;

/**
 * One keep-alive connection that sends one delivery after the other, each with an id of its own. It writes bytes made
 * beforehand and reads no more of an answer than its end: on a machine of two cores a comfortable client would take half
 * of what is to be measured.
 */
export class Sender {
  readonly #target: Target;
  readonly #request: Buffer;
  readonly #idAt: number;
  #socket: Socket | undefined;
  #answer = '';
  #settle: ((status: number) => void) | undefined;

  constructor(target: Target, { event, body, signature }: Delivery) {
    this.#target = target;
    const head = [
      `POST ${target.path} HTTP/1.1`,
      `Host: 127.0.0.1:${target.port}`,
      'Accept: */*',
      'User-Agent: GitHub-Hookshot/bench',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      `X-GitHub-Event: ${event}`,
      'X-GitHub-Hook-ID: 1',
      `X-Hub-Signature-256: ${signature}`,
      'X-GitHub-Delivery: ',
    ].join('\r\n');
    this.#idAt = head.length;
    this.#request = Buffer.concat([Buffer.from(`${head}${'0'.repeat(ID_LENGTH)}\r\n\r\n`), body]);
  }

  /** Sends the next delivery; resolves with the status of its answer, 0 when the connection broke. */
  send(): Promise<number> {
    this.#request.write(randomBytes(ID_LENGTH / 2).toString('hex'), this.#idAt, 'latin1');
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#settle = resolve;
    this.#connected().write(this.#request);
    return promise;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connected(): Socket {
    if (this.#socket !== undefined && !this.#socket.destroyed) return this.#socket;
    const socket = connect({ host: '127.0.0.1', port: this.#target.port, noDelay: true });
    this.#answer = '';
    socket.on('data', (chunk: Buffer) => this.#read(chunk, socket));
    const broken = (): void => {
      if (this.#socket === socket) this.#done(0);
    };
    socket.on('error', broken);
    socket.on('close', broken);
    this.#socket = socket;
    return socket;
  }

  #read(chunk: Buffer, socket: Socket): void {
    this.#answer += chunk.toString('latin1');
    const headEnd = this.#answer.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const head = this.#answer.slice(0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const isWhole =
      length === undefined
        ? this.#answer.endsWith('\r\n0\r\n\r\n')
        : this.#answer.length >= headEnd + 4 + Number(length);
    if (!isWhole) return;
    const status = Number(this.#answer.slice(9, 12));
    this.#answer = '';
    if (/\r\nconnection: *close/i.test(head)) {
      this.#socket = undefined;
      socket.destroy();
    }
    this.#done(status);
  }

  #done(status: number): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(status);
  }
}
