import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CandidateFinding } from '@continuum/contract/finding';
import { describe, expect, it } from 'vitest';
import { createLicencesAnalyzer } from '../src/licences/analyzer.ts';
import { judgeLicence } from '../src/licences/policy.ts';
import { changeOf, modifiedFile, newFile } from './change.ts';

const analyzer = createLicencesAnalyzer();
const MANIFEST = `{
  "name": "shop",
  "version": "1.0.0",
  "scripts": { "postinstall": "touch executed" },
  "dependencies": {
    "express": "^4.0.0",
    "gpl-thing": "1.2.3",
    "@acme/lesser": "^2.0.0"
  },
  "keywords": []
}
`;
const LOCK = `{
  "name": "shop",
  "lockfileVersion": 3,
  "packages": {
    "": { "name": "shop", "license": "MIT" },
    "node_modules/express": {
      "version": "4.0.0",
      "license": "MIT"
    },
    "node_modules/gpl-thing": {
      "version": "1.2.3",
      "license": "GPL-3.0-only"
    },
    "node_modules/@acme/lesser": {
      "version": "2.0.0",
      "license": "LGPL-2.1-or-later"
    },
    "node_modules/gpl-thing/node_modules/came-along": {
      "version": "2.0.0",
      "license": "AGPL-3.0"
    }
  }
}
`;
const summary = (findings: readonly CandidateFinding[]) =>
  findings.map(({ path, line, rule, severity, title }) => [path, line, rule.slice(9), severity, title.slice(11)]);

describe('licences', () => {
  it('takes licences from the lock file and reports on the line of the dependency', async () => {
    const { findings } = await analyzer.analyze(
      changeOf(newFile('package-lock.json', LOCK), newFile('package.json', MANIFEST)),
    );
    for (const finding of findings) expect(CandidateFinding.safeParse(finding).error).toBeUndefined();
    expect(summary(findings)).toEqual([
      ['package.json', 7, 'copyleft', 'high', 'gpl-thing'],
      ['package.json', 8, 'weak-copyleft', 'medium', '@acme/lesser'],
      ['package-lock.json', 18, 'copyleft', 'high', 'came-along'],
    ]);
  });

  it('reports a licence that nobody states as low, and only for what is added', async () => {
    const { findings } = await analyzer.analyze(changeOf(modifiedFile('package.json', MANIFEST, [7])));
    expect(summary(findings)).toEqual([['package.json', 7, 'unknown', 'low', 'gpl-thing']]);
  });

  it('reads a patch that shows only a part of the file', async () => {
    const shown =
      '\n\n\n    "left": "^1.0.0",\n    "gpl-thing": "1.2.3"\n  },\n  "version": "2.0.0",\n  "main": "x.js"\n';
    const file = { ...modifiedFile('package.json', shown, [5, 7, 8]), complete: false };
    expect(summary((await analyzer.analyze(changeOf(file))).findings)).toEqual([
      ['package.json', 5, 'unknown', 'low', 'gpl-thing'],
    ]);
  });

  it('does not call a new version of an old dependency new', async () => {
    const file = modifiedFile('package.json', MANIFEST, [7]);
    file.hunks[0]?.lines.push({ kind: 'delete', text: '    "gpl-thing": "1.0.0",', oldLine: 7 });
    expect((await analyzer.analyze(changeOf(file))).findings).toEqual([]);
  });

  it('reads a trusted node_modules folder as data', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'continuum-licences-'));
    try {
      mkdirSync(join(folder, 'gpl-thing'));
      writeFileSync(join(folder, 'gpl-thing/package.json'), '{"license":"GPL-2.0-only"}');
      const { findings } = await createLicencesAnalyzer({ nodeModules: folder }).analyze(
        changeOf(modifiedFile('package.json', MANIFEST, [7])),
      );
      expect(findings.map(({ rule }) => rule)).toEqual(['licences/copyleft']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('reads Python manifests', async () => {
    const requirements = newFile('requirements-dev.txt', '# tools\nRequests[socks]==2.31.0\n-r other.txt\nflask\n');
    const pyproject = newFile(
      'pyproject.toml',
      '[project]\nname = "x"\ndependencies = [\n  "httpx>=0.27",\n]\n[tool.poetry.dependencies]\npython = "^3.12"\nDjango = "^5"\n',
    );
    const { findings } = await analyzer.analyze(changeOf(requirements, pyproject));
    expect(findings.map(({ path, line, title }) => [path, line, title.slice(11)])).toEqual([
      ['requirements-dev.txt', 2, 'requests'],
      ['requirements-dev.txt', 4, 'flask'],
      ['pyproject.toml', 4, 'httpx'],
      ['pyproject.toml', 8, 'django'],
    ]);
  });

  it.each([
    ['MIT', undefined],
    ['(GPL-3.0-only OR MIT)', undefined],
    ['(MIT AND Apache-2.0)', undefined],
    ['MIT AND GPL-2.0-only', 'copyleft'],
    ['LGPL-3.0', 'weak-copyleft'],
    ['MPL-2.0', 'weak-copyleft'],
    ['UNLICENSED', 'copyleft'],
    ['Hippocratic-2.1', 'not-permissive'],
    ['not a licence', 'not-permissive'],
    ['SEE LICENSE IN LICENSE.md', 'unknown'],
    [undefined, 'unknown'],
  ])('judges %s', (licence, rule) => expect(judgeLicence(licence)?.rule).toBe(rule));
});
