// Makes a bundle that upgrades agents, out of packages of one version: for each kind of host one.

import { basename, join } from 'node:path';
import type { Files } from '../../world/files.ts';
import { upgradeFiles } from './scripts.ts';

export interface UpgradeBundle {
  readonly version: string;
  readonly folder: string;
  /** File names of the packages in it. */
  readonly packages: readonly string[];
}

/** Names as `npm run package` gives them. */
const named = /^fairlead-agent(?:_(?<deb>[^_]+)-\d+_(?:amd64|arm64)\.deb|-(?<rpm>[^-]+)-\d+\.(?:x86_64|aarch64)\.rpm|-(?<tar>.+)-linux-(?:amd64|arm64)\.tar\.gz)$/;

/** Throws an Error with a sentence before anything is written. */
export async function makeUpgradeBundle(packages: readonly string[], folder: string, files: Files): Promise<UpgradeBundle> {
  const found = packages.map((path) => ({ path, name: basename(path), version: versionOf(basename(path)) }));
  const versions = [...new Set(found.map(({ version }) => version))];
  const [version, other] = versions;
  if (version === undefined) throw new Error('No package is given.');
  if (other !== undefined) throw new Error(`The packages are of different versions (${versions.join(', ')}). A bundle brings all hosts to one.`);
  const contents: { readonly name: string; readonly bytes: Uint8Array }[] = [];
  for (const { path, name } of found) {
    const bytes = await files.read(path);
    if (bytes === null) throw new Error(`There is no package ${path}.`);
    contents.push({ name, bytes });
  }
  for (const sub of ['scripts', 'packages']) await files.makeFolder(join(folder, sub));
  for (const { path, mode, text } of upgradeFiles) await files.writeAtomically(join(folder, path), Buffer.from(text), mode);
  for (const { name, bytes } of contents) await files.writeAtomically(join(folder, 'packages', name), bytes, 0o644);
  await files.writeAtomically(join(folder, 'VERSION'), Buffer.from(`${version}\n`), 0o644);
  return { version, folder, packages: found.map(({ name }) => name) };
}

function versionOf(name: string): string {
  const groups = named.exec(name)?.groups;
  const version = groups?.['deb'] ?? groups?.['rpm'] ?? groups?.['tar'];
  if (version === undefined) throw new Error(`${name} is no package of the agent. Give files such as fairlead-agent_0.2.0-1_amd64.deb, as they were released.`);
  return version;
}
