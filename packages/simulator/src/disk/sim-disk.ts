import { dirname } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import type { Disk, DiskFile } from '@continuum/journal/disk';
import type { Place } from '../faults.ts';
import { currentProcess, type SimProcess } from '../world/process.ts';
import type { Verdict, World } from '../world/world.ts';
import { Inode } from './inode.ts';

/** A change of the names in a folder. */
interface Renaming {
  readonly folder: string;
  apply(names: Map<string, Inode>): void;
}

const FREE_BYTES = 64 * 2 ** 30;

function systemError(code: string, about: string): Error {
  return Object.assign(new Error(`${code}: ${about}`), { code });
}

/**
 * The disk of one machine. What was written and not synced survives a power cut wholly, partly or not; a name in a folder
 * survives for sure only once the folder is synced; a process that dies takes nothing with it.
 */
export class SimDisk implements Disk {
  readonly #world: World;
  readonly #locks = new Map<string, SimProcess>();
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #renamings: Renaming[] = [];
  #damaged: { readonly file: string; readonly inode: Inode } | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  open(file: string, flags: 'r' | 'r+' | 'w'): Promise<DiskFile> {
    return this.#call(`open ${flags} ${file}`, () => {
      const known = this.#names.get(file);
      if (flags === 'w') {
        known?.truncate(0);
        return this.#handle(file, known ?? this.#create(file));
      }
      return this.#handle(file, known ?? this.#missing(file));
    });
  }

  readFile(file: string): Promise<Buffer> {
    return this.#call(`read ${file}`, () => Buffer.from((this.#names.get(file) ?? this.#missing(file)).content));
  }

  readdir(folder: string): Promise<string[]> {
    const isIn = (file: string): boolean => dirname(file) === folder;
    return this.#call(`list ${folder}`, () =>
      [...this.#names.keys()].filter(isIn).map((file) => file.slice(folder.length + 1)),
    );
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(`rename ${from} ${to}`, () => {
      const inode = this.#names.get(from) ?? this.#missing(from);
      this.#rename(dirname(to), (names) => {
        if (names.get(from) === inode) names.delete(from);
        names.set(to, inode);
      });
    });
  }

  rm(file: string): Promise<void> {
    return this.#call(`remove ${file}`, () => {
      const inode = this.#names.get(file);
      if (inode === undefined) return;
      this.#rename(dirname(file), (names) => {
        if (names.get(file) === inode) names.delete(file);
      });
    });
  }

  stat(file: string): Promise<{ size: number; mtimeMs: number }> {
    return this.#call(`stat ${file}`, () => {
      const { content, mtimeMs } = this.#names.get(file) ?? this.#missing(file);
      return { size: content.length, mtimeMs };
    });
  }

  mkdir(folder: string): Promise<void> {
    return this.#call(`make folder ${folder}`, () => undefined);
  }

  syncFolder(folder: string): Promise<void> {
    const failed = (): void =>
      this.#settleNames((renaming) => renaming.folder === folder && this.#world.random.chance(0.5));
    return this.#call(
      `sync folder ${folder}`,
      () => this.#settleNames((renaming) => renaming.folder === folder),
      () => this.#failing('syncFolder', failed),
    );
  }

  freeBytes(): Promise<number> {
    return this.#call('free bytes', () => (this.#world.faults.diskIsFull ? 0 : FREE_BYTES));
  }

  lockFolder(folder: string, purpose: string): Promise<() => Promise<void>> {
    const key = `${folder} ${purpose}`;
    const process = currentProcess();
    return this.#call(`lock ${key}`, () => {
      if (this.#locks.get(key)?.alive === true) {
        throw new ContinuumError('STORE_LOCKED', `${key} belongs to another process`);
      }
      if (process !== undefined) this.#locks.set(key, process);
      return async () => void this.#locks.delete(key);
    });
  }

  /** The power of the machine goes. */
  losePower(): void {
    const { random } = this.#world;
    this.#settleNames(() => random.chance(0.5));
    this.#renamings = [];
    this.#names = new Map(this.#durableNames);
    let torn = 0;
    for (const inode of new Set(this.#names.values())) torn += inode.losePower(random);
    if (torn > 0) this.#world.count('torn write', torn);
  }

  /** Turns one bit of a file that nobody writes. False when there is none, or one is damaged already. */
  damage(): boolean {
    const { random } = this.#world;
    const cold = [...this.#names].filter(([, inode]) => inode.isSynced && inode.content.length > 0);
    const chosen = random.oneOf(cold);
    if (chosen === undefined || this.#damaged !== undefined) return false;
    const [file, inode] = chosen;
    const [byte, bit] = [random.below(inode.content.length), random.below(8)];
    inode.flip(byte, bit);
    this.#damaged = { file, inode };
    this.#world.note('disk', `bit ${bit} of byte ${byte} of ${file} flips`);
    return true;
  }

  get isDamaged(): boolean {
    return this.#damaged !== undefined;
  }

  /** The operator puts the intact copy of the damaged file back. */
  repair(): void {
    if (this.#damaged === undefined) return;
    this.#damaged.inode.unflip();
    this.#world.note('operator', `puts the intact copy of ${this.#damaged.file} back`);
    this.#damaged = undefined;
  }

  #create(file: string): Inode {
    const inode = new Inode(this.#world.now);
    this.#rename(dirname(file), (names) => void names.set(file, inode));
    return inode;
  }

  #missing(file: string): never {
    throw systemError('ENOENT', file);
  }

  #rename(folder: string, apply: Renaming['apply']): void {
    apply(this.#names);
    this.#renamings.push({ folder, apply });
  }

  /** These changes of names reach the medium, in their order. */
  #settleNames(isSettled: (renaming: Renaming) => boolean): void {
    this.#renamings = this.#renamings.filter((renaming) => {
      if (!isSettled(renaming)) return true;
      renaming.apply(this.#durableNames);
      return false;
    });
  }

  #handle(file: string, inode: Inode): DiskFile {
    const sync = (kind: 'datasync' | 'sync') => () =>
      this.#call(
        `${kind} ${file}`,
        () => inode.sync(),
        () => this.#failing('sync', () => inode.failSync(this.#world.random)),
        'write',
      );
    return {
      read: (into, position) =>
        this.#call(`read ${file}`, () => inode.content.copy(into, 0, position, position + into.length)),
      write: (chunks, position) => this.#write(file, inode, Buffer.concat(chunks), position),
      truncate: (length) =>
        this.#call(
          `truncate ${file} to ${length}`,
          () => inode.truncate(length),
          () => this.#failing('truncate', () => undefined),
        ),
      datasync: sync('datasync'),
      sync: sync('sync'),
      close: () => this.#call(`close ${file}`, () => undefined),
    };
  }

  #write(file: string, inode: Inode, bytes: Buffer, position: number): Promise<number> {
    const world = this.#world;
    const put = (length: number): number => {
      inode.write(Buffer.from(bytes.subarray(0, length)), position);
      inode.mtimeMs = world.now;
      return length;
    };
    const some = (): number => put(1 + world.random.below(bytes.length));
    const verdict = (): Verdict<number> => {
      if (world.faults.diskIsFull) {
        world.count('disk full');
        return { kind: 'before', error: systemError('ENOSPC', file) };
      }
      if (world.faults.writesShort()) {
        world.count('short write');
        return { kind: 'instead', effect: some };
      }
      return this.#failing('write', () => void some());
    };
    const what = `write ${bytes.length} bytes at ${position} of ${file}`;
    return this.#call(what, () => put(bytes.length), verdict, 'write');
  }

  /** EIO now and then; what happened before the error is up to `partly`. */
  #failing(what: string, partly: () => void): Verdict<never> {
    if (!this.#world.faults.diskFails()) return { kind: 'fine' };
    this.#world.count(`${what} fails`);
    partly();
    return { kind: 'before', error: systemError('EIO', what) };
  }

  #call<T>(what: string, effect: () => T, verdict?: () => Verdict<T>, place: Place = 'disk'): Promise<T> {
    const { random } = this.#world;
    return this.#world.call(place, what, random.spread(0.01, 3), effect, verdict);
  }
}
