// Whether an upload can be deployed at all: it is unpacked into a folder that is thrown away, by the same reader the
// agents use, and its AppSpec is parsed. So a bundle that no host could use is refused when it is pushed, not at 3 a.m.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultBundleLimits } from '../../agent/bundle/limits.ts';
import { stripTopFolder } from '../../agent/bundle/top-folder.ts';
import { unpackBundle } from '../../agent/bundle/unpack.ts';
import { parseAppSpecBytes } from '../../hooks/appspec/parse.ts';
import type { Upload } from '../faces/dependencies.ts';
import type { Inspection } from './uploads.ts';

/** In the order in which agents look. */
const appSpecNames = ['appspec.yml', 'appspec.yaml', 'appspec.json'];

/** Unpacks beside `file`, which is on a disk with room for artifacts. Never throws for a bad bundle. */
export async function inspectBundle(file: string, bundleType: Upload['bundleType']): Promise<Inspection> {
  const folder = await mkdtemp(`${file}.look-`);
  try {
    const tree = join(folder, 'tree');
    const unpacked = await unpackBundle({ file, format: bundleType }, tree, defaultBundleLimits);
    if (unpacked.kind === 'refused') return { kind: 'refused', reason: `The bundle cannot be unpacked: ${unpacked.reason}` };
    stripTopFolder(tree);
    const found = await findAppSpec(tree);
    if (found === null) {
      return { kind: 'refused', reason: `The bundle has no AppSpec: put an appspec.yml at its top, beside the folders it names.` };
    }
    const verdict = parseAppSpecBytes(found.bytes);
    if (verdict.kind === 'refused') {
      const sentences = verdict.complaints.map(({ line, key, sentence }) => `${found.name}${line === null ? '' : `:${line}`}: ${key === '' ? '' : `${key}: `}${sentence}`);
      return { kind: 'refused', reason: sentences.join(' ') };
    }
    return { kind: 'accepted', warnings: [...unpacked.warnings, ...verdict.warnings.map((warning) => warning.sentence)] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function findAppSpec(tree: string): Promise<{ readonly name: string; readonly bytes: Uint8Array } | null> {
  for (const name of appSpecNames) {
    const bytes = await readFile(join(tree, name)).catch(() => null);
    if (bytes !== null) return { name, bytes };
  }
  return null;
}
