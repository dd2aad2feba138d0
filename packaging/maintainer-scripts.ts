// What dpkg and rpm run around an installation: texts beside this file, with the package's own words put in.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DebScripts } from './deb.ts';
import type { Description } from './description.ts';
import type { RpmScripts } from './rpm.ts';

const home = fileURLToPath(new URL('.', import.meta.url));

export async function debScripts(description: Description): Promise<DebScripts> {
  const one = (name: string): Promise<string> => filled(`deb/${name}`, description);
  if (description.name === 'fairlead') return { postinst: await one('fairlead.postinst'), prerm: await one('fairlead.prerm') };
  return { postinst: await one('service.postinst'), prerm: await one('service.prerm'), postrm: await one('service.postrm') };
}

export async function rpmScripts(description: Description): Promise<RpmScripts> {
  const one = (name: string): Promise<string> => filled(`rpm/${name}`, description);
  if (description.name === 'fairlead') return { post: await one('fairlead.post'), preun: await one('fairlead.preun') };
  return { pre: await one('service.pre'), post: await one('service.post'), preun: await one('service.preun'), postun: await one('service.postun'), posttrans: await one('service.posttrans') };
}

/** A script of this folder for a package. */
export async function filled(script: string, { name, priority }: Pick<Description, 'name' | 'priority'>): Promise<string> {
  const isServer = name === 'fairlead-server';
  const words: Readonly<Record<string, string>> = {
    NAME: name,
    PRIORITY: String(priority),
    ENVIRONMENT: `/etc/fairlead/${name.replace('fairlead-', '')}.env`,
    SETUP: isServer ? await readFile(join(home, 'scripts/make-user'), 'utf8') : '',
    FORGET: isServer ? 'if getent passwd fairlead-server > /dev/null; then\n  userdel fairlead-server > /dev/null 2>&1 || true\nfi' : '',
  };
  const text = await readFile(join(home, script), 'utf8');
  return text.replaceAll(/^( *)@(SETUP|FORGET)@\n/gm, (_, indent: string, word: string) => indented(words[word]!, indent)).replaceAll(/@([A-Z]+)@/g, (_, word: string) => words[word]!);
}

function indented(text: string, indent: string): string {
  return text === '' ? '' : `${text.trimEnd().split('\n').map((line) => `${indent}${line}`).join('\n')}\n`;
}
