import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const Requirements = z.strictObject({
  $comment: z.string(),
  requirements: z.array(
    z.strictObject({
      id: z.string().regex(/^[A-Z]{2,5}-\d+$/),
      title: z.string(),
      /** built: all of it stands; partial: `missing` says what does not; planned: nothing does. */
      status: z.enum(['built', 'partial', 'planned']),
      missing: z.string().optional(),
      /** `<file> > <words of the test's title>` */
      tests: z.array(z.string().regex(/^\S+\.test\.tsx? > .+$/)),
    }),
  ),
});
const { requirements } = Requirements.parse(JSON.parse(read('packages/workspace/requirements.json')));
const citations = requirements.flatMap(({ id, tests }) => tests.map((citation) => [id, citation] as const));

describe('requirements', () => {
  test('each stands once', () => {
    const ids = requirements.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  test.each(requirements.map((each) => [each.id, each] as const))('%s is verified as far as it claims', (_id, each) => {
    if (each.status === 'planned') expect(each.tests).toEqual([]);
    else expect(each.tests.length).toBeGreaterThan(0);
    expect(each.missing === undefined).toBe(each.status !== 'partial');
  });

  test.each(citations)('%s cites a test that exists: %s', (_id, citation) => {
    const [file = '', title = ''] = citation.split(' > ');
    expect(existsSync(join(root, file)), file).toBe(true);
    expect(read(file)).toContain(title);
  });
});

describe('dead wires', () => {
  const sources = ['packages', 'daemons', 'webhooks'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => /\/src\//.test(path) && !/node_modules|\/(testing|contract|bench)\//.test(path)),
  );
  const code = sources.map((path) => readFileSync(path, 'utf8')).join('\n');

  test.each(names('event', 'EVENTS'))('event %s is emitted and subscribed outside of tests', (name) => {
    // Intake hands on every delivery that has an event of its name.
    const emitted = name.startsWith('webhook:') ? 'WebhookEventName.safeParse(`webhook:${record.source}' : `'${name}'`;
    expect(code).toContain(emitted);
    expect(new RegExp(`subscribe\\(\\s*'(${name}|${name.replace(/:[^:]+$/, ':\\\\*')}|\\*\\*)'`).test(code)).toBe(true);
  });

  test.each(names('command', 'COMMANDS'))('command %s has a handler and a caller outside of tests', (name) => {
    expect(code).toMatch(new RegExp(`register\\(\\s*'${name}'`));
    expect(code).toMatch(new RegExp(`(execute|enqueue)\\(\\s*'${name}'|command: '${name}'`));
  });

  /** The keys of a table in the contract, read as text: this package imports no product code. */
  function names(file: string, table: string): string[] {
    const text = read(`packages/contract/src/${file}.ts`);
    const body = text.slice(text.indexOf(`export const ${table} = {`), text.lastIndexOf('} as const;'));
    return [...body.slice(0).matchAll(/^ {2}'([\w:/_-]+)':/gm)].flatMap((match) => match[1] ?? []);
  }
});
