// The licences of everything that is bundled, in full: most of them ask for nothing more.

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Luggage } from './build.ts';
import type { NodeRuntime } from './node-runtime.ts';

const home = fileURLToPath(new URL('..', import.meta.url));

/** One text: each package's name, version, licence by name, and licence files. */
export async function thirdPartyNotices(luggage: readonly Luggage[], { version, license }: Pick<NodeRuntime, 'version' | 'license'>): Promise<string> {
  const locations = [...new Set(luggage.flatMap((one) => one.locations))].sort();
  const notices = await Promise.all(locations.map(noticeOf));
  return ['Fairlead bundles the following.\n', section(`Node.js ${version}`, license.toString('utf8')), ...notices].join('\n');
}

async function noticeOf(location: string): Promise<string> {
  const folder = join(home, location);
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { readonly name: string; readonly version: string; readonly license?: string };
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return section(`${name} ${version} (${license ?? 'licence as below'})`, texts.length === 0 ? 'The package holds no licence text.' : texts.join('\n\n'));
}

function section(title: string, text: string): string {
  return `${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n\n${text.trimEnd()}\n`;
}
