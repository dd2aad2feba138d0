// The packages of this source tree for this machine, made once for all tests of a run, in as many versions as are asked for.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePackages } from '../../packaging/packages.ts';
import type { PackageName } from '../../packaging/description.ts';
import type { Format } from '../../packaging/packages.ts';

export const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
/** Any will do; the same for all, so that only what differs differs. */
const time = 1_700_000_000;

export class Packages implements Disposable {
  /** One folder for each version. */
  readonly folder = mkdtempSync(join(tmpdir(), 'fairlead-packages-'));

  async make(version: string, formats: readonly Format[] = ['deb'], names?: readonly PackageName[]): Promise<void> {
    mkdirSync(join(this.folder, version), { recursive: true });
    for await (const { file, bytes } of makePackages({ ...(names === undefined ? {} : { names }), architectures: [architecture], formats, version, time })) writeFileSync(join(this.folder, version, file), bytes);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
