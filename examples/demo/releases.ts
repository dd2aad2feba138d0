// Three releases of hello-web, made from the example: two that differ in version and greeting, and one that was packed
// without its greeting. Nothing is wrong with the third that a build would notice.

import { cp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface Releases {
  /** Folders. */
  readonly first: string;
  readonly second: string;
  readonly broken: string;
}

const helloWeb = path.resolve(import.meta.dirname, '../hello-web');

export async function makeReleases(folder: string): Promise<Releases> {
  const make = async (version: string, greeting: string | null): Promise<string> => {
    const release = path.join(folder, 'releases', version);
    await cp(helloWeb, release, { recursive: true });
    await writeFile(path.join(release, 'app/version'), `${version}\n`);
    if (greeting === null) await rm(path.join(release, 'app/greeting.txt'));
    else await writeFile(path.join(release, 'app/greeting.txt'), `${greeting}\n`);
    return release;
  };
  return {
    first: await make('1.0.0', 'Hello from the first version'),
    second: await make('2.0.0', 'Hello from the second version'),
    broken: await make('3.0.0', null),
  };
}
