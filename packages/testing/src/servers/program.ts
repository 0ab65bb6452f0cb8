import { accessSync, constants, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** Debian keeps servers outside of an ordinary user's path. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];
const POSTGRES_VERSIONS = '/usr/lib/postgresql';

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Folders of the installed PostgreSQL versions, newest first. */
function postgresFolders(): string[] {
  try {
    return readdirSync(POSTGRES_VERSIONS)
      .sort((left, right) => Number(right) - Number(left))
      .map((version) => join(POSTGRES_VERSIONS, version, 'bin'));
  } catch {
    return [];
  }
}

/** The path of a program, or undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...postgresFolders(), ...(process.env.PATH ?? '').split(delimiter), ...SERVER_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

/** The path of a program. Throws, naming the Debian package that has it, when it is not installed. */
export function requireProgram(name: string, debianPackage: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is not installed; on Debian: apt-get install ${debianPackage}`);
  return path;
}

/** A port of 127.0.0.1 that nothing listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
