// What each package installs, and where (FHS): programs and their Node below /usr/lib/NAME, configuration below
// /etc/fairlead, units, the user, a page of the manual, and under /usr/share/doc what is in it and under which licences.

import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAgent, buildCommandLine } from './build.ts';
import type { BuildChoice, Luggage } from './build.ts';
import { maintainer } from './description.ts';
import type { Description, PackageName } from './description.ts';
import { gzip } from './gzip.ts';
import { manualPage } from './manual-page.ts';
import type { NodeRuntime } from './node-runtime.ts';
import { makeSbom } from './sbom.ts';
import { thirdPartyNotices } from './third-party-notices.ts';
import { config, file } from './tree.ts';
import type { TreeFile } from './tree.ts';

const home = fileURLToPath(new URL('.', import.meta.url));
const read = (name: string): Promise<string> => readFile(join(home, name), 'utf8');

/** The programs of a package, built once for all architectures. */
export interface Programs {
  readonly files: readonly { readonly name: string; readonly content: Buffer; readonly isExecutable: boolean }[];
  readonly luggage: readonly Luggage[];
}

/** Builds the programs of each package. */
export async function buildPrograms(version: string): Promise<ReadonlyMap<PackageName, Programs>> {
  const commandLine = (leaveOut: NonNullable<BuildChoice['leaveOut']>) => (folder: string) => buildCommandLine(folder, { version, leaveOut });
  const agent = async (folder: string): Promise<readonly Luggage[]> => [...(await buildAgent(folder, { version })), ...(await commandLine(['server'])(folder))];
  const programs = new Map<PackageName, Programs>();
  for (const [name, build] of [['fairlead-agent', agent], ['fairlead-server', commandLine(['agent'])], ['fairlead', commandLine([])]] as const) programs.set(name, await built(build));
  return programs;
}

async function built(build: (folder: string) => Promise<readonly Luggage[]>): Promise<Programs> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-package-'));
  try {
    const luggage = await build(folder);
    const names = (await readdir(folder)).sort();
    const files = names.map(async (name) => ({ name, content: await readFile(join(folder, name)), isExecutable: ((await stat(join(folder, name))).mode & 0o111) !== 0 }));
    return { files: await Promise.all(files), luggage };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface Contents {
  readonly files: readonly TreeFile[];
  readonly sbom: string;
}

/** All files of a package. */
export async function contentsOf(description: Description, { files: programs, luggage }: Programs, node: NodeRuntime, time: number): Promise<Contents> {
  const { name, version } = description;
  const own = `/usr/lib/${name}`;
  const doc = `/usr/share/doc/${name}`;
  const packed = (text: string | Buffer): Buffer => gzip([Buffer.from(text)]);
  const sbom = await makeSbom(description, luggage, node, time);
  const files = [
    ...programs.map(({ name: program, content, isExecutable }) => file(`${own}/${program}`, content, isExecutable ? 0o755 : 0o644)),
    file(`${own}/node`, node.binary, 0o755),
    file(`${own}/bin/fairlead`, await read('scripts/launcher'), 0o755),
    ...(await servicesOf(name)),
    file(`${doc}/copyright`, await read('copyright')),
    file(`${doc}/THIRD-PARTY-NOTICES.gz`, packed(await thirdPartyNotices(luggage, node))),
    file(`${doc}/changelog.gz`, packed(await readFile(join(home, '../CHANGELOG.md')))),
    file(`${doc}/changelog.Debian.gz`, packed(debianChangelog(description, time))),
    file(`${doc}/sbom.cdx.json.gz`, packed(sbom)),
    file(...manualFile(name, packed(manualPage(name, version, time)))),
    file(`/usr/share/lintian/overrides/${name}`, (await read('deb/lintian-overrides')).replaceAll('@NAME@', name)),
  ];
  return { files, sbom };
}

async function servicesOf(name: PackageName): Promise<readonly TreeFile[]> {
  const unit = async (): Promise<TreeFile> => file(`/usr/lib/systemd/system/${name}.service`, await read(`systemd/${name}.service`));
  switch (name) {
    case 'fairlead-agent':
      return [await unit(), file('/usr/lib/fairlead-agent/is-configured', await read('scripts/is-configured')), config('/etc/fairlead/agent.yml', await read('config/agent.yml'), 0o600), file('/usr/share/doc/fairlead-agent/agent.md', await read('../docs/agent.md'))];
    case 'fairlead-server':
      return [await unit(), file('/usr/lib/sysusers.d/fairlead-server.conf', await read('systemd/fairlead-server.sysusers.conf')), config('/etc/fairlead/server.yml', await read('config/server.yml'), 0o640)];
    case 'fairlead':
      return [];
  }
}

function manualFile(name: PackageName, page: Buffer): readonly [path: string, content: Buffer] {
  const section = name === 'fairlead' ? 1 : 8;
  return [`/usr/share/man/man${section}/${name}.${section}.gz`, page];
}

function debianChangelog({ name, version }: Description, time: number): string {
  const at = new Date(1000 * time).toUTCString().replace('GMT', '+0000');
  return `${name} (${version}-1) unstable; urgency=medium\n\n  * Release ${version}; what changed is in changelog.gz.\n\n -- ${maintainer}  ${at}\n`;
}
