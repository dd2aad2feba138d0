// The software bill of materials of a package, CycloneDX 1.6: every npm package with code in a bundled file (esbuild's
// metafile says which) in the version and with the digest of package-lock.json, and the Node beside it.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Luggage } from './build.ts';
import type { Description } from './description.ts';
import type { NodeRuntime } from './node-runtime.ts';

const home = fileURLToPath(new URL('..', import.meta.url));

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
}

/** The same for the same package: no chance and no clock in it. */
export async function makeSbom({ name, version }: Pick<Description, 'name' | 'version'>, luggage: readonly Luggage[], node: NodeRuntime, time: number): Promise<string> {
  const { packages } = JSON.parse(await readFile(join(home, 'package-lock.json'), 'utf8')) as { readonly packages: Readonly<Record<string, Locked>> };
  const locations = [...new Set(luggage.flatMap((one) => one.locations))].sort();
  const libraries = locations.map((location) => {
    const locked = packages[location];
    if (locked === undefined) throw new Error(`${location} is bundled, but package-lock.json does not know it.`);
    return libraryOf(location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length), locked);
  });
  const components = [...libraries, nodeOf(node)];
  const ref = `pkg:generic/${name}@${version}`;
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(1000 * time).toISOString(),
      component: { type: 'application', 'bom-ref': ref, name, version, purl: ref, licenses: [{ license: { id: 'Apache-2.0' } }] },
    },
    components,
    dependencies: [{ ref, dependsOn: components.map((component) => component['bom-ref']) }],
  };
  const { bomFormat, specVersion, ...rest } = document;
  return `${JSON.stringify({ bomFormat, specVersion, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(document))}`, ...rest }, null, 2)}\n`;
}

function libraryOf(fullName: string, { version, integrity, license }: Locked): { readonly 'bom-ref': string } & Record<string, unknown> {
  const purl = `pkg:npm/${fullName.replace('@', '%40')}@${version}`;
  const [group, name] = fullName.startsWith('@') ? (fullName.split('/') as [string, string]) : [undefined, fullName];
  const digest = integrity?.startsWith('sha512-') === true ? Buffer.from(integrity.slice(7), 'base64').toString('hex') : null;
  return {
    type: 'library',
    'bom-ref': purl,
    ...(group === undefined ? {} : { group }),
    name,
    version,
    purl,
    ...(license === undefined ? {} : { licenses: [/[ ()]/.test(license) ? { expression: license } : { license: { id: license } }] }),
    ...(digest === null ? {} : { hashes: [{ alg: 'SHA-512', content: digest }] }),
  };
}

function nodeOf({ version, binary, packageName }: NodeRuntime): { readonly 'bom-ref': string } & Record<string, unknown> {
  return {
    type: 'application',
    'bom-ref': `pkg:npm/${packageName}@${version}`,
    name: 'node',
    version,
    purl: `pkg:npm/${packageName}@${version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licenses: [{ license: { id: 'MIT' } }],
    hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(binary).digest('hex') }],
  };
}

/** Version 8: of our own making, here from a digest. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
