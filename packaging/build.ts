// Makes what is shipped out of what is developed: plain JavaScript, since stripping types costs every process 17 MB. The
// agent becomes one file for the daemon, one for the thread that does its bulk work, and the supervisor of its hooks,
// which is plain sh. What packages went in is an answer, so that a test can hold the agent's luggage to a list.

import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
}

/**
 * Makes the agent lighter in memory without changing a line of what it does. Each part is worth some megabytes:
 * typebox's default exports hold all of it together, so that nothing could be left out; winston brings a copy of Node's
 * streams; and an `import` of one of Node's own modules, unlike a `require`, evaluates all its exports, of which that of
 * WebSocket by node:http loads the whole of undici.
 */
const slimming: Plugin = {
  name: 'slimming',
  setup(building) {
    building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return { loader: 'ts', contents: text.replaceAll(/^import (Type|Value)(?:, \{[^}]*\})? from ('typebox(?:\/value)?');$/gm, 'import * as $1 from $2;') };
    });
    building.onResolve({ filter: /^node:/ }, ({ path, kind }) => (kind === 'import-statement' ? { path, namespace: 'by-require' } : { path, external: true }));
    building.onLoad({ filter: /./, namespace: 'by-require' }, ({ path }) => ({ contents: `module.exports = require('${path}');` }));
    building.onResolve({ filter: /^readable-stream/ }, ({ path }) => ({ path, namespace: 'node-streams' }));
    building.onLoad({ filter: /./, namespace: 'node-streams' }, ({ path }) => ({ contents: `module.exports = require('node:stream')${path.endsWith('_stream_writable.js') ? '.Writable' : ''};` }));
  },
};

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
  // @dabh/diagnostics brings colours of its own in development.
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [slimming],
  outExtension: { '.js': '.mjs' },
  // Packages in CommonJS ask for Node's own modules by `require`.
  banner: { js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);" },
  // ws would use these to be faster, and does without.
  external: ['bufferutil', 'utf-8-validate'],
} as const satisfies BuildOptions;

/** Builds the agent into `folder`, which is made anew: fairlead-agent.mjs, bulk-thread.mjs, supervisor.sh. */
export async function buildAgent(folder: string): Promise<readonly Luggage[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const entryPoints = { 'fairlead-agent': 'packaging/agent-executable.ts', 'bulk-thread': 'agent/commands/bulk-thread.ts' };
  const { metafile } = await build({ ...common, entryPoints, outdir: folder });
  await copyFile(join(home, 'hooks/supervisor.sh'), join(folder, 'supervisor.sh'));
  return Object.entries(metafile.outputs).map(([path, output]) => ({ file: path.split('/').at(-1)!, bytes: output.bytes, packages: packagesIn(output) }));
}

function packagesIn({ inputs }: Metafile['outputs'][string]): readonly string[] {
  const names = Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
    return name === undefined || bytesInOutput === 0 ? [] : [name];
  });
  return [...new Set(names)].sort();
}

if (import.meta.main) {
  for (const { file, bytes, packages } of await buildAgent(join(home, 'dist/agent'))) {
    process.stdout.write(`dist/agent/${file}  ${(bytes / 1024).toFixed(0)} KiB  ${packages.join(' ')}\n`);
  }
}
