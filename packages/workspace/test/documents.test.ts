import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Paths from the root. */
const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'deploy/README.md'],
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...['packages', 'daemons', 'webhooks'].flatMap((top) =>
    readdirSync(join(root, top))
      .map((name) => `${top}/${name}/README.md`)
      .filter((path) => existsSync(join(root, path))),
  ),
];

/** What is code is shown, not followed. */
function proseOf(path: string): string {
  return read(path)
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .replaceAll(/`[^`\n]*`/g, '');
}

/** Targets of links and pictures inside of the repository. */
function linksIn(path: string): string[] {
  const targets = [...proseOf(path).matchAll(/\]\(([^)\s]+)\)/g)].flatMap((match) => match[1] ?? []);
  return targets.filter((target) => !/^[a-z]+:/i.test(target));
}

/** Anchors as GitHub makes them of headings. */
function anchorsOf(path: string): Set<string> {
  const prose = read(path).replaceAll(/^```[\s\S]*?^```$/gm, '');
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].flatMap((match) => match[1] ?? []);
  const toAnchor = (heading: string): string =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
  return new Set(headings.map(toAnchor));
}

describe('links', () => {
  test('are looked for in every document', () => {
    expect(documents.length).toBeGreaterThan(40);
    expect(documents.flatMap(linksIn).length).toBeGreaterThan(50);
  });

  test.each(documents)('of %s lead somewhere', (document) => {
    const broken = linksIn(document).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : normalize(join(dirname(document), path));
      if (target.startsWith('..') || !existsSync(join(root, target))) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
    });
    expect(broken).toEqual([]);
  });
});

describe('what has to be found in documents', () => {
  test('every setting is in the README or on a page of the README', () => {
    const source = read('packages/host/src/settings.ts') + read('packages/host/src/settings/sources.ts');
    const settings = [...source.matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].flatMap((match) => match[1] ?? []);
    expect(settings.length).toBeGreaterThan(40);
    const pages = documents.filter((path) => path === 'README.md' || path.startsWith('docs/')).map(read);
    expect(
      settings.filter((name) => !pages.some((page) => page.includes(`${name}\``) || page.includes(`${name}=`))),
    ).toEqual([]);
  });

  test('every command of the command line is in the README', () => {
    const folder = 'packages/cli/src/commands';
    const source = readdirSync(join(root, folder))
      .map((name) => read(`${folder}/${name}`))
      .join('\n');
    const commands = [...source.matchAll(/program\s*\.command\('([\w-]+)'\)/g)].flatMap((match) => match[1] ?? []);
    expect(commands.length).toBeGreaterThan(20);
    expect(commands.filter((name) => !read('README.md').includes(`\`${name}\``))).toEqual([]);
  });

  test('the table of floors is that of floors.json', () => {
    const Floors = z.object({ floors: z.array(z.object({ floor: z.number(), packages: z.array(z.string()) })) });
    const { floors } = Floors.parse(JSON.parse(read('packages/workspace/floors.json')));
    const rows = [...read('docs/architecture.md').matchAll(/^\| (\d+) \| (.+?) \| /gm)];
    const told = rows.flatMap(([, floor, names = '']) => packagesIn(names).map((name) => `${floor} ${name}`));
    expect(told.sort()).toEqual(
      floors.flatMap(({ floor, packages }) => packages.map((name) => `${floor} ${name}`)).sort(),
    );
  });

  /** `packages/{a,b}`, `webhooks/c` */
  function packagesIn(cell: string): string[] {
    return [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, name = '']) => {
      const [, top = '', list] = /^(\w+)\/\{(.+)\}$/.exec(name) ?? [];
      return list === undefined ? [name] : list.split(',').map((each) => `${top}/${each}`);
    });
  }
});
