// Two fleets of two hosts each, every host with a steady-web of its own, and its releases.

import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stablePorts } from '../../traffic/stable-ports.ts';
import type { Instance, Layout } from '../fleet.ts';

/** The application, and the folder of its bundle among the examples. */
export const steadyWeb = 'steady-web';
const source = path.resolve(import.meta.dirname, '../..', steadyWeb);

export const steadyHosts: Layout = {
  service: steadyWeb,
  hosts: ['blue-1', 'blue-2', 'green-1', 'green-2'].map((name) => ({ name, tag: `fleet=${name.split('-')[0]}` })),
  ports: stablePorts,
  settle,
};

/** No mercy for what is still under way when a service is stopped: whatever was lost would be seen. */
async function settle({ name, port, root }: Instance): Promise<void> {
  const settings = path.join(root, 'etc', steadyWeb);
  await mkdir(settings, { recursive: true });
  const lines = [`name=${name}`, `port=${port}`, 'stop_signal=KILL', `node=${process.execPath}`];
  await writeFile(path.join(settings, 'host.conf'), `${lines.join('\n')}\n`);
}

/** A folder to be pushed. */
export async function makeRelease(folder: string, version: string): Promise<string> {
  const release = path.join(folder, 'releases', version);
  await cp(source, release, { recursive: true });
  await writeFile(path.join(release, 'app/version'), `${version}\n`);
  return release;
}
