// Style, and the purity fence: time, chance, processes, files and the network enter through world/ only.

import tseslint from 'typescript-eslint';

const ask = (door) => `Ask the world: ${door}.`;

const fencedGlobals = [
  { name: 'setTimeout', message: ask('world.clock.after or sleep') },
  { name: 'setInterval', message: ask('world.clock.after') },
  { name: 'setImmediate', message: ask('world.clock.after') },
  { name: 'fetch', message: ask('world.network') },
  { name: 'performance', message: ask('world.clock.monotonic') },
  { name: 'crypto', message: ask('world.random') },
  { name: 'process', message: 'Environment and arguments are read in main.ts and passed in.' },
  { name: 'console', message: ask('world.log') },
];

const fencedProperties = [
  { object: 'Date', property: 'now', message: ask('world.clock.now') },
  { object: 'Math', property: 'random', message: ask('world.random') },
];

const fencedSyntax = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: ask('world.clock.now') },
  { selector: "CallExpression[callee.name='Date']", message: ask('world.clock.now') },
];

const fence = {
  'no-restricted-globals': ['error', ...fencedGlobals],
  'no-restricted-properties': ['error', ...fencedProperties],
  'no-restricted-syntax': ['error', ...fencedSyntax],
};

const fencedImports = {
  'no-restricted-imports': [
    'error',
    {
      paths: ['node:fs', 'node:fs/promises', 'node:child_process', 'node:net', 'node:http', 'node:https', 'node:timers', 'node:timers/promises', 'ws', 'winston', 'systemd-notify'].map(
        (name) => ({ name, message: 'Only world/real and the seams named in ARCHITECTURE.md touch this.' }),
      ),
    },
  ],
};

export default tseslint.config(
  { ignores: ['node_modules/**', 'dist/**', 'examples/hello-web/**', 'examples/steady-web/**', 'docs/api/**'] },
  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser, parserOptions: { sourceType: 'module' } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true } }],
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-var': 'error',
    },
  },
  {
    files: ['protocol/**/*.ts', 'world/*.ts', 'hooks/**/*.ts', 'agent/**/*.ts', 'server/**/*.ts'],
    ignores: ['agent/main.ts', 'agent/main/**', 'server/main.ts'],
    rules: { ...fence },
  },
  {
    files: ['protocol/**/*.ts', 'world/*.ts', 'hooks/**/*.ts', 'agent/**/*.ts', 'server/**/*.ts'],
    ignores: ['agent/main.ts', 'agent/main/**', 'server/main.ts', 'agent/bundle/**', 'agent/install/**', 'server/revisions/**', 'server/faces/**', 'server/outgoing/**', 'server/backup/**'],
    rules: { ...fencedImports },
  },
);
