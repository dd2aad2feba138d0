// `npm run package`: every package for every architecture, into dist/packages, with its bill of materials and a list of
// digests. Equal sources give equal bytes: one time for everything (SOURCE_DATE_EPOCH, else that of the last commit).

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import { buildPrograms, contentsOf } from './contents.ts';
import { debName, makeDeb } from './deb.ts';
import { describePackage, packageNames } from './description.ts';
import type { Description, PackageName } from './description.ts';
import { architectures, findNodeRuntime } from './node-runtime.ts';
import type { Architecture } from './node-runtime.ts';
import { makeRpm, rpmName } from './rpm.ts';
import { debScripts, rpmScripts } from './maintainer-scripts.ts';
import { makeTarball, tarballName } from './tarball.ts';

const home = fileURLToPath(new URL('..', import.meta.url));

export const formats = ['deb', 'rpm', 'tar.gz'] as const;
export type Format = (typeof formats)[number];

export interface PackageChoice {
  readonly names?: readonly PackageName[];
  readonly architectures?: readonly Architecture[];
  readonly formats?: readonly Format[];
  readonly version?: string;
  /** Seconds since 1970. */
  readonly time: number;
}

export interface MadePackage {
  readonly file: string;
  readonly bytes: Buffer;
}

/** One package after the other, so that not all of them are in memory. */
export async function* makePackages({ names = packageNames, architectures: machines = architectures, formats: kinds = formats, version = packageJson.version, time }: PackageChoice): AsyncGenerator<MadePackage> {
  const programs = await buildPrograms(version);
  for (const architecture of machines) {
    const node = await findNodeRuntime(architecture);
    for (const name of names) {
      const description = describePackage(name, version);
      const { files, sbom } = await contentsOf(description, programs.get(name)!, node, time);
      const common = { description, architecture, files, time };
      if (kinds.includes('deb')) yield { file: debName(description, architecture), bytes: await makeDeb({ ...common, scripts: await debScripts(description) }) };
      if (kinds.includes('rpm')) yield { file: rpmName(description, architecture), bytes: makeRpm({ ...common, ownFolders: ownFolders(description), scripts: await rpmScripts(description) }) };
      if (kinds.includes('tar.gz')) yield { file: tarballName(description, architecture), bytes: await makeTarball(common) };
      yield { file: `${name}-${version}-${architecture}.sbom.cdx.json`, bytes: Buffer.from(sbom) };
    }
  }
}

function ownFolders({ name }: Description): readonly string[] {
  return [`/usr/lib/${name}`, `/usr/lib/${name}/bin`, `/usr/share/doc/${name}`, ...(name === 'fairlead' ? [] : ['/etc/fairlead'])];
}

/** Throws an Error when SOURCE_DATE_EPOCH is no number. */
export function timeOfSources(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment['SOURCE_DATE_EPOCH'] ?? execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: home, encoding: 'utf8' }).trim();
  if (!/^\d{1,10}$/.test(text)) throw new Error(`SOURCE_DATE_EPOCH is ${JSON.stringify(text)}, but must be whole seconds since 1970.`);
  return Number(text);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { to: { type: 'string', default: join(home, 'dist/packages') } } });
  const folder = values.to;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const sums: string[] = [];
  for await (const { file, bytes } of makePackages({ time: timeOfSources(process.env) })) {
    await writeFile(join(folder, file), bytes);
    const digest = createHash('sha256').update(await readFile(join(folder, file))).digest('hex');
    sums.push(`${digest}  ${file}\n`);
    process.stdout.write(`${file}  ${(bytes.length / 1024 / 1024).toFixed(1)} MiB  sha256 ${digest}\n`);
  }
  await writeFile(join(folder, 'SHA256SUMS'), sums.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join(''));
}
