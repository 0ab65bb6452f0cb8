import { ContinuumError } from '@continuum/contract/errors';

/** A place in the journal: bytes into a numbered segment. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

/** `segment:offset`, both decimal. */
export function formatPosition(position: Position): string {
  return `${position.segment}:${position.offset}`;
}

/** Reads `segment:offset`. Throws INVALID_INPUT. */
export function parsePosition(text: string): Position {
  const match = /^(\d{1,12}):(\d{1,15})$/.exec(text);
  if (match === null) {
    throw new ContinuumError('INVALID_INPUT', `"${text}" is no journal position`, {
      next: 'Pass the position of an entry that the journal handed out.',
    });
  }
  return { segment: Number(match[1]), offset: Number(match[2]) };
}

/** Below zero when `a` is earlier than `b`. */
export function comparePositions(a: Position, b: Position): number {
  return a.segment - b.segment || a.offset - b.offset;
}
