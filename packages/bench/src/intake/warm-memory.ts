import { execFile } from 'node:child_process';
import { freemem } from 'node:os';
import { promisify } from 'node:util';

const SHARE = 0.8;
const GIGABYTE = 1 << 30;

/**
 * Uses most of the free memory once and gives it back. In a virtual machine a page that was never used costs whoever uses it
 * first several times what it costs later, and of the servers measured here only those that write files would pay for it.
 */
export async function warmMemory(): Promise<void> {
  const count = Math.floor((freemem() * SHARE) / GIGABYTE);
  const script = `const kept = Array.from({ length: ${count} }, () => Buffer.alloc(${GIGABYTE}, 1)); process.exit(kept.length - ${count});`;
  await promisify(execFile)(process.execPath, ['--eval', script]);
}
