import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'mocha';
import { copyFolderBundle } from '../../../agent/bundle/copy-folder.ts';
import { detectFormat } from '../../../agent/bundle/detect-format.ts';
import { defaultBundleLimits } from '../../../agent/bundle/limits.ts';
import { stripTopFolder } from '../../../agent/bundle/top-folder.ts';
import { unpackBundle } from '../../../agent/bundle/unpack.ts';
import { makePlace, namesBelow } from './canary.ts';
import type { Place } from './canary.ts';
import { tar, tgz } from './tar-bytes.ts';

// What real writers make must be accepted. honest.ts has the same shapes byte by byte for machines without the tools.
const has = (tool: string): boolean => spawnSync(tool, ['--version']).error === undefined;

const writers: readonly { readonly tool: string; readonly file: string; readonly args: (file: string) => readonly string[]; readonly dereferences?: true; readonly adds?: readonly string[] }[] = [
  { tool: 'tar', file: 'a.tgz', args: (file) => ['czf', file, '.'] },
  { tool: 'tar', file: 'a.tar', args: (file) => ['cf', file, '--format=pax', 'bin', 'empty', 'appspec.yml', 'näme', 'long'] },
  { tool: 'tar', file: 'a.tar', args: (file) => ['cf', file, '--format=gnu', '.'] },
  { tool: 'bsdtar', file: 'a.tgz', args: (file) => ['czf', file, '.'] },
  { tool: 'zip', file: 'a.zip', args: (file) => ['-qry', file, '.'] },
  { tool: 'jar', file: 'a.jar', args: (file) => ['cfM', file, '.'], dereferences: true },
  { tool: 'python3', file: 'a.tar', args: (file) => ['-c', `import tarfile; t = tarfile.open(${JSON.stringify(file)}, 'w:gz'); t.add('.'); t.close()`] },
  { tool: 'python3', file: 'a.tar', args: (file) => ['-c', `import tarfile; t = tarfile.open(${JSON.stringify(file)}, 'w', format=tarfile.GNU_FORMAT); t.add('.'); t.close()`] },
];

const plantTree = (folder: string): void => {
  for (const name of ['bin', 'empty', `long/${'folder'.repeat(20)}`]) fs.mkdirSync(path.join(folder, name), { recursive: true });
  fs.writeFileSync(path.join(folder, 'appspec.yml'), 'version: 0.0\n');
  fs.writeFileSync(path.join(folder, 'bin', 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  fs.symlinkSync('run.sh', path.join(folder, 'bin', 'link'));
  fs.writeFileSync(path.join(folder, 'näme'), 'ü'.repeat(5000));
  fs.writeFileSync(path.join(folder, 'long', 'folder'.repeat(20), 'f'.repeat(120)), '');
};

const shape = (folder: string, dereferences: boolean): readonly string[] =>
  namesBelow(folder).sort().map((name) => {
    const full = path.join(folder, name);
    const stat = dereferences ? fs.statSync(full) : fs.lstatSync(full);
    return `${name} ${stat.isSymbolicLink() ? fs.readlinkSync(full) : stat.isFile() ? `${(dereferences ? 0 : stat.mode).toString(8)} ${fs.readFileSync(full, 'utf8').length}` : 'folder'}`;
  });

const withPlace = async (act: (place: Place) => Promise<void>): Promise<void> => {
  const place = makePlace();
  try {
    await act(place);
  } finally {
    place.remove();
  }
};

describe('a bundle made by a real writer', () => {
  for (const [index, { tool, file, args, dereferences }] of writers.filter((writer) => has(writer.tool)).entries()) {
    it(`comes out as it went in: ${tool} ${args('FILE').slice(0, 3).join(' ').slice(0, 60)} (${index + 1})`, async () => {
      await withPlace(async (place) => {
        const source = path.join(place.folder, 'source');
        fs.mkdirSync(source);
        plantTree(source);
        const archive = path.join(place.folder, file);
        execFileSync(tool, [...args(archive)], { cwd: source, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
        const outcome = await unpackBundle({ file: archive, format: null }, place.destination, defaultBundleLimits);
        assert.deepEqual(outcome.kind === 'unpacked' && outcome.warnings, [], JSON.stringify(outcome));
        assert.deepEqual(shape(place.destination, dereferences ?? false), shape(source, dereferences ?? false));
      });
    });
  }

  it('has its format seen, whatever it is called', async () => {
    await withPlace(async (place) => {
      const file = path.join(place.folder, 'bundle.tar');
      for (const [bytes, format] of [[tar(), 'tar'], [tgz(), 'tgz'], [Buffer.from('PK\x03\x04'), 'zip'], [Buffer.from('hello'), null]] as const) {
        fs.writeFileSync(file, bytes);
        assert.equal(detectFormat(file), format);
      }
    });
  });
});

describe('the top folder of a bundle', () => {
  const unpackAndStrip = async (place: Place, names: readonly string[]): Promise<boolean> => {
    const file = path.join(place.folder, 'bundle.tgz');
    fs.writeFileSync(file, tgz(...names.map((name) => ({ name, content: name }))));
    assert.equal((await unpackBundle({ file, format: null }, place.destination, defaultBundleLimits)).kind, 'unpacked');
    return stripTopFolder(place.destination);
  };

  it('is taken away when it is alone and holds an AppSpec, once', async () => {
    await withPlace(async (place) => {
      assert.equal(await unpackAndStrip(place, ['top/inner/AppSpec.json', 'top/appspec.yml']), true);
      assert.deepEqual(namesBelow(place.destination).sort(), ['appspec.yml', 'inner', 'inner/AppSpec.json']);
      assert.deepEqual(fs.readdirSync(path.dirname(place.destination)).sort(), ['bundle', 'canary']);
    });
  });

  it('stays when it has a sibling, or no AppSpec', async () => {
    await withPlace(async (place) => assert.equal(await unpackAndStrip(place, ['top/appspec.yml', 'README']), false));
    await withPlace(async (place) => assert.equal(await unpackAndStrip(place, ['top/deep/appspec.yml']), false));
    await withPlace(async (place) => assert.equal(await unpackAndStrip(place, ['appspec.yml']), false));
  });
});

describe('a bundle that is a folder', () => {
  it('is copied with modes and links, under the rules for archives', async () => {
    await withPlace(async (place) => {
      const source = path.join(place.folder, 'source');
      fs.mkdirSync(source);
      plantTree(source);
      const outcome = await copyFolderBundle(source, place.destination, defaultBundleLimits);
      assert.equal(outcome.kind, 'unpacked', JSON.stringify(outcome));
      assert.deepEqual(shape(place.destination, false), shape(source, false));
      fs.symlinkSync('/etc/passwd', path.join(source, 'out'));
      const second = await copyFolderBundle(source, `${place.destination}2`, defaultBundleLimits);
      assert.ok(second.kind === 'refused' && second.reason.includes('absolute'));
    });
  });
});
