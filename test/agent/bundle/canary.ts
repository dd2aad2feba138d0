// A place to unpack in, with a canary folder beside it that nothing may touch, and a listing of everything there is.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defaultBundleLimits } from '../../../agent/bundle/limits.ts';
import { unpackBundle } from '../../../agent/bundle/unpack.ts';
import type { UnpackOutcome } from '../../../agent/bundle/unpack.ts';
import type { HostileArchive } from './hostile-tars.ts';

export interface Place {
  readonly folder: string;
  readonly destination: string;
  /** Every path below the folder with kind, mode and size: equal before and after means untouched. */
  listing(): readonly string[];
  remove(): void;
}

export const makePlace = (): Place => {
  const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(base, 'fairlead-bundle-')));
  const inner = path.join(folder, 'inner');
  fs.mkdirSync(path.join(inner, 'canary'), { recursive: true });
  fs.writeFileSync(path.join(inner, 'canary', 'file'), 'sings');
  const listing = (): readonly string[] =>
    namesBelow(folder).sort().map((name) => {
      const stat = fs.lstatSync(path.join(folder, name));
      return `${name} ${stat.mode.toString(8)} ${stat.isFile() ? `${stat.size} ${stat.nlink}` : ''}`;
    });
  return { folder, destination: path.join(inner, 'bundle'), listing, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
};

/** All names below a folder, links not followed. */
export const namesBelow = (folder: string): string[] =>
  fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => [entry.name, ...(entry.isDirectory() ? namesBelow(path.join(folder, entry.name)).map((name) => path.join(entry.name, name)) : [])]);

/** Unpacks an archive of the corpus; with `heldBytes` of 0 in pieces, as a large one. */
export const unpackInto = (place: Place, archive: Pick<HostileArchive, 'file' | 'bytes' | 'format' | 'maxBytes' | 'maxEntries'>, strict = false, heldBytes = defaultBundleLimits.maxHeldBytes): Promise<UnpackOutcome> => {
  const file = path.join(place.folder, archive.file);
  fs.writeFileSync(file, archive.bytes);
  const limits = { ...defaultBundleLimits, maxHeldBytes: heldBytes, ...(archive.maxBytes === undefined ? {} : { maxBytes: archive.maxBytes }), ...(archive.maxEntries === undefined ? {} : { maxEntries: archive.maxEntries }) };
  return unpackBundle({ file, format: archive.format ?? null }, place.destination, limits, { strict });
};
