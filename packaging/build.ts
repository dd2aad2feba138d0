// Makes what is shipped out of what is developed: plain JavaScript, since stripping types costs every process 17 MB. The
// agent becomes one file for the daemon, one for the helper that does its bulk work, and the supervisor of its hooks,
// which is plain sh. The command line becomes one file and what it loads when a command first needs it. What packages went
// in is an answer, so that a test can hold the agent's luggage to a list, and that the SBOM lists them.

import { readFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import { build } from 'esbuild';
import type { BuildOptions, Metafile, Plugin } from 'esbuild';

const home = fileURLToPath(new URL('..', import.meta.url));

/** What is inside a bundled file. */
export interface Luggage {
  /** File name in the output folder. */
  readonly file: string;
  readonly bytes: number;
  /** Names of the packages with code in it, sorted. */
  readonly packages: readonly string[];
  /** Where they are, as package-lock.json spells it. */
  readonly locations: readonly string[];
}

/**
 * Makes the agent lighter in memory, and its helper quicker to start, without changing a line of what they do. Each part is
 * worth some megabytes: typebox's default exports hold all of it together, so that nothing could be left out; winston brings
 * a copy of Node's streams; and Node's own modules are loaded when they are used, where an `import` would load each at the
 * start and evaluate all its exports, of which that of WebSocket by node:http loads the whole of undici.
 */
const slimming: Plugin = {
  name: 'slimming',
  setup(building) {
    building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return { loader: 'ts', contents: text.replaceAll(/^import (Type|Value)(?:, \{[^}]*\})? from ('typebox(?:\/value)?');$/gm, 'import * as $1 from $2;') };
    });
    building.onResolve({ filter: /./ }, ({ path, kind }) => {
      if (!isBuiltin(path) || kind === 'dynamic-import') return undefined;
      const name = path.replace(/^node:/, '');
      if (kind === 'import-statement') return { path: name, namespace: 'imported', sideEffects: false };
      return loadedAnyway.has(name) ? { path, external: true } : { path: name, namespace: 'required' };
    });
    building.onLoad({ filter: /./, namespace: 'imported' }, ({ path }) => ({ contents: imported(path) }));
    building.onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({ contents: `let found; module.exports = new Proxy({}, { get: (_, name) => (found ??= process.getBuiltinModule('node:${path}'))[name] });` }));
    building.onResolve({ filter: /^readable-stream/ }, ({ path }) => ({ path, namespace: 'node-streams' }));
    building.onLoad({ filter: /./, namespace: 'node-streams' }, ({ path }) => ({ contents: `module.exports = require('node:stream')${path.endsWith('_stream_writable.js') ? '.Writable' : ''};` }));
  },
};

/** Rooms that the command line of a package can do without. */
export type Room = 'agent' | 'server';

export interface BuildChoice {
  /** What the programs say they are; that of package.json when not given. */
  readonly version?: string;
  /** Rooms whose packages are others: asked for, the program says which. */
  readonly leaveOut?: readonly Room[];
}

/** Of package.json only the version is shipped. */
function fitting({ version = packageJson.version, leaveOut = [] }: BuildChoice): Plugin {
  const sentence = (room: Room): string => `This package holds no ${room}. Install fairlead-${room}, or the package fairlead, which holds everything.`;
  return {
    name: 'fitting',
    setup(building) {
      building.onLoad({ filter: /\/package\.json$/ }, ({ path }) => (path === join(home, 'package.json') ? { loader: 'json', contents: JSON.stringify({ version }) } : null));
      building.onLoad({ filter: /\/(agent|server)\/main\.ts$/ }, ({ path }) => {
        const room = leaveOut.find((one) => path === join(home, one, 'main.ts'));
        if (room === undefined) return null;
        const refuse = `async () => { throw new Error(${JSON.stringify(sentence(room))}); }`;
        return { contents: [...exportsOf(room)].map((name) => `export const ${name} = ${refuse};`).join('\n') };
      });
    },
  };
}

/** What the command line asks of a room. */
function exportsOf(room: Room): ReadonlySet<string> {
  const asked = readFileSync(join(home, 'cli/main.ts'), 'utf8').matchAll(new RegExp(`import\\('\\.\\./${room}/main\\.ts'\\)\\)\\.(\\w+)`, 'g'));
  return new Set([...asked].map(([, name]) => name!));
}

/**
 * A module of Node's own as an ES module of which only what is used remains, each export standing in for itself until it is
 * called, so that what a host never needs is never loaded.
 */
function imported(name: string): string {
  const found = process.getBuiltinModule(`node:${name}`) as object;
  if (loadedAnyway.has(name)) {
    const exports = Object.keys(found).filter(isWord).map((key) => `export const ${key} = /* @__PURE__ */ own(${JSON.stringify(key)});`);
    return [`const all = /* @__PURE__ */ process.getBuiltinModule('node:${name}'); const own = (name) => all[name]; export default all;`, ...exports].join('\n');
  }
  const exports = Object.entries(found)
    .filter(([key]) => isWord(key))
    .map(([key, value]) => `export const ${key} = ${typeof value === 'function' ? `/* @__PURE__ */ later(${JSON.stringify(key)})` : typeof value === 'object' ? `/* @__PURE__ */ inside(${JSON.stringify(key)})` : JSON.stringify(value)};`);
  return [
    `let found; const load = () => (found ??= process.getBuiltinModule('node:${name}'));`,
    'const inside = (name) => new Proxy({}, { get: (_, key) => load()[name][key] });',
    // A class that extends one of these is made as itself.
    'const later = (name) => { const self = new Proxy(function () {}, { apply: (_, that, given) => Reflect.apply(load()[name], that, given), construct: (_, given, made) => Reflect.construct(load()[name], given, made === self ? load()[name] : made), get: (_, key) => load()[name][key] }); return self; };',
    'export default /* @__PURE__ */ new Proxy({}, { get: (_, name) => load()[name] });',
    ...exports,
  ].join('\n');
}

const isWord = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default';

const loadedAnyway: ReadonlySet<string> = new Set(['buffer', 'events', 'fs', 'module', 'path', 'process', 'timers', 'url', 'util']);

const common = {
  absWorkingDir: home,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  minifySyntax: true,
  minifyWhitespace: true,
  minifyIdentifiers: true,
  legalComments: 'eof',
  metafile: true,
  logLevel: 'warning',
  outExtension: { '.js': '.mjs' },
  // @dabh/diagnostics brings colours of its own in development.
  define: { 'process.env.NODE_ENV': '"production"' },
  // Packages in CommonJS ask for Node's own modules by `require`.
  banner: { js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);" },
  // ws would use these to be faster, and does without.
  external: ['bufferutil', 'utf-8-validate'],
} as const satisfies BuildOptions;

/** Builds the agent into `folder`, which is made anew: fairlead-agent.mjs, bulk-process.mjs, supervisor.sh. */
export async function buildAgent(folder: string, choice: BuildChoice = {}): Promise<readonly Luggage[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const entryPoints = { 'fairlead-agent': 'packaging/agent-executable.ts', ...bulkProcess };
  const { metafile } = await build({ ...common, entryPoints, outdir: folder, plugins: [fitting(choice), slimming] });
  await copyFile(join(home, 'hooks/supervisor.sh'), join(folder, 'supervisor.sh'));
  return luggageOf(metafile);
}

const bulkProcess = { 'bulk-process': 'agent/commands/bulk-process.ts' } as const;

/** Builds the command line, and the rooms that it can start, into `folder`: fairlead.mjs and what that loads. */
export async function buildCommandLine(folder: string, choice: BuildChoice = {}): Promise<readonly Luggage[]> {
  await mkdir(folder, { recursive: true });
  const hasAgent = !(choice.leaveOut ?? []).includes('agent');
  const { metafile } = await build({
    ...common,
    target: 'node24',
    splitting: true,
    entryPoints: { fairlead: 'cli/main.ts' },
    outdir: folder,
    plugins: [fitting(choice)],
    external: [...common.external, 'pg-native', 'cloudflare:sockets'],
  });
  if (!hasAgent) return luggageOf(metafile);
  const bulk = await build({ ...common, entryPoints: bulkProcess, outdir: folder, plugins: [fitting(choice), slimming] });
  await copyFile(join(home, 'hooks/supervisor.sh'), join(folder, 'supervisor.sh'));
  return [...luggageOf(metafile), ...luggageOf(bulk.metafile)];
}

function luggageOf({ outputs }: Metafile): readonly Luggage[] {
  return Object.entries(outputs).map(([path, output]) => ({ file: path.split('/').at(-1)!, bytes: output.bytes, ...packagesIn(output) }));
}

function packagesIn({ inputs }: Metafile['outputs'][string]): Pick<Luggage, 'packages' | 'locations'> {
  const locations = Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => {
    const location = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
    return location === undefined || bytesInOutput === 0 ? [] : [location];
  });
  const names = locations.map((location) => location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length));
  return { packages: sorted(names), locations: sorted(locations) };
}

function sorted(words: readonly string[]): readonly string[] {
  return [...new Set(words)].sort();
}

if (import.meta.main) {
  await rm(join(home, 'dist/fairlead'), { recursive: true, force: true });
  for (const [folder, build] of [['agent', buildAgent], ['fairlead', buildCommandLine]] as const) {
    for (const { file, bytes, packages } of await build(join(home, 'dist', folder))) {
      process.stdout.write(`dist/${folder}/${file}  ${(bytes / 1024).toFixed(0)} KiB  ${packages.join(' ')}\n`);
    }
  }
}
