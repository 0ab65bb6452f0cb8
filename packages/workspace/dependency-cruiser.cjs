// Floor rules for dependency-cruiser, made from the one table in floors.json.
const { floors, contractOnly, impure } = require('./floors.json');

const folder = (path) => `^${path.replaceAll('/', '\\/')}\\/`;
const source = (path) => `^${path.replaceAll('/', '\\/')}\\/src\\/`;

const above = (floor, path) =>
  floors
    .filter((other) => other.floor >= floor)
    .flatMap((other) => other.packages)
    .filter((other) => other !== path);

const upward = floors.flatMap(({ floor, packages }) =>
  packages
    // Alone on the top floor: nothing is above, and an empty list would forbid everything.
    .filter((path) => above(floor, path).length > 0)
    .map((path) => ({
      name: `floor-${floor}-${path.replace('/', '-')}`,
      comment: `${path} stands on floor ${floor}: it may import lower floors only, never a sibling.`,
      severity: 'error',
      from: { path: source(path), pathNot: '\\.test\\.ts$' },
      to: { path: above(floor, path).map(folder) },
    })),
);

const overHttp = contractOnly.map((path) => ({
  name: `contract-only-${path.replace('/', '-')}`,
  comment: `${path} reaches the system over HTTP and imports the contract only.`,
  severity: 'error',
  from: { path: source(path) },
  to: { path: '^(packages|daemons|webhooks)\\/', pathNot: [folder('packages/contract'), folder(path)] },
}));

module.exports = {
  forbidden: [
    ...upward,
    ...overHttp,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'rules-are-pure',
      comment: 'Floor 2 has no I/O: it imports no node module but crypto for hashes and buffer for bytes.',
      severity: 'error',
      from: { path: floors[1].packages.filter((path) => !impure.includes(path)).map(source) },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer)$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|/test/|node_modules/\\.cache)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
