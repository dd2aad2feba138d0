import { describe, it, beforeEach, afterEach } from 'mocha';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { defaultBundleLimits } from '../../agent/bundle/limits.ts';
import { unpackBundle } from '../../agent/bundle/unpack.ts';
import { bundleFolder, bundleTypes } from '../../cli/bundle/bundle-folder.ts';
import type { BundleType } from '../../cli/bundle/bundle-folder.ts';
import { Refusal } from '../../cli/refusal.ts';

const longName = `${'long/'.repeat(30)}${'n'.repeat(200)}.txt`;

describe('cli/bundle: a folder as an archive', () => {
  let scratch = '';
  let folder = '';
  beforeEach(() => {
    scratch = mkdtempSync(path.join(tmpdir(), 'fairlead-bundle-'));
    folder = path.join(scratch, 'folder');
    mkdirSync(folder);
  });
  afterEach(() => rmSync(scratch, { recursive: true, force: true }));

  const put = (name: string, content: string | Uint8Array, mode = 0o644): void => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
    utimesSync(file, 1_700_000_000, 1_700_000_000);
  };

  const furnish = (): void => {
    put('appspec.yml', 'version: 0.0\nos: linux\n');
    put('.git/HEAD', 'ref');
    put('scripts/start.sh', '#!/bin/sh\n', 0o755);
    put('empty', '');
    put('größe ü.txt', 'é');
    put(longName, 'long');
    put('large.bin', Buffer.alloc(700_001, 'abc'));
    mkdirSync(path.join(folder, 'empty folder'), { mode: 0o750 });
    symlinkSync('start.sh', path.join(folder, 'scripts/link'));
    symlinkSync('../large.bin', path.join(folder, 'scripts/up'));
  };

  const write = async (type: BundleType, epoch: number | null = null): Promise<string> => {
    const file = path.join(scratch, `bundle.${type}`);
    writeFileSync(file, await Array.fromAsync(bundleFolder(folder, type, epoch).stream()).then((chunks) => Buffer.concat(chunks)));
    return file;
  };

  const digest = async (type: BundleType, epoch: number | null = null): Promise<string> => createHash('sha256').update(readFileSync(await write(type, epoch))).digest('hex');

  for (const type of bundleTypes) {
    it(`as ${type}, the agent unpacks what was there: contents, modes, links, empty folders, .git`, async () => {
      furnish();
      const destination = path.join(scratch, 'out');
      const outcome = await unpackBundle({ file: await write(type), format: type }, destination, defaultBundleLimits, { strict: true });
      assert.equal(outcome.kind, 'unpacked', JSON.stringify(outcome));
      assert.equal(readFileSync(path.join(destination, longName), 'utf8'), 'long');
      assert.equal(readFileSync(path.join(destination, 'größe ü.txt'), 'utf8'), 'é');
      assert.deepEqual(readFileSync(path.join(destination, 'large.bin')), readFileSync(path.join(folder, 'large.bin')));
      assert.equal(readFileSync(path.join(destination, '.git/HEAD'), 'utf8'), 'ref');
      assert.equal(lstatSync(path.join(destination, 'empty')).size, 0);
      assert.equal(lstatSync(path.join(destination, 'scripts/start.sh')).mode & 0o777, 0o755);
      assert.equal(lstatSync(path.join(destination, 'appspec.yml')).mode & 0o777, 0o644);
      assert.equal(lstatSync(path.join(destination, 'empty folder')).isDirectory(), true);
      assert.equal(readlinkSync(path.join(destination, 'scripts/up')), '../large.bin');
    });

    it(`as ${type}, the same folder gives the same bytes`, async () => {
      furnish();
      assert.equal(await digest(type), await digest(type));
    });

    it(`as ${type}, SOURCE_DATE_EPOCH makes the bytes independent of the files’ times`, async () => {
      furnish();
      const before = await digest(type, 1_000_000_000);
      utimesSync(path.join(folder, 'appspec.yml'), 1_600_000_000, 1_600_000_000);
      assert.equal(await digest(type, 1_000_000_000), before);
    });

    it(`as ${type}, a file that grows or shrinks meanwhile ends the bundle with its name`, async () => {
      for (const later of ['longer than before', '']) {
        put('appspec.yml', 'x: y\n');
        const bundle = bundleFolder(folder, type);
        writeFileSync(path.join(folder, 'appspec.yml'), later);
        await assert.rejects(Array.fromAsync(bundle.stream()), (error) => error instanceof Refusal && /"appspec\.yml" changed/.test(error.message));
      }
    });
  }

  it('`tar tzf` lists a tgz in the order in which it was made, parents first', async () => {
    put('b/x', '1');
    put('a', '2');
    put('b-c', '3');
    assert.equal(execFileSync('tar', ['tzf', await write('tgz')], { encoding: 'utf8' }), 'a\nb/\nb/x\nb-c\n');
  });

  it('`tar` restores long and non-ASCII names from a tar, and finds owner 0 everywhere', async () => {
    furnish();
    const file = await write('tar');
    const names = execFileSync('tar', ['tf', file, '--quoting-style=literal'], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
    assert.ok(names.includes(`${longName}\n`));
    assert.ok(names.includes('größe ü.txt\n'));
    const owners = execFileSync('tar', ['tvf', file, '--numeric-owner'], { encoding: 'utf8' }).trimEnd().split('\n').map((line) => line.split(/ +/)[1]);
    assert.deepEqual([...new Set(owners)], ['0/0']);
  });

  it('any content comes back from a zip and a tgz as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bundleTypes), fc.uint8Array({ maxLength: 3_000 }), async (type, content) => {
        put('f', content);
        const out = path.join(scratch, 'out');
        rmSync(out, { recursive: true, force: true });
        assert.equal((await unpackBundle({ file: await write(type), format: type }, out, defaultBundleLimits)).kind, 'unpacked');
        assert.deepEqual(readFileSync(path.join(out, 'f')), Buffer.from(content));
      }),
      { numRuns: 40 },
    );
  });

  const unfit: readonly (readonly [what: string, make: () => void, says: RegExp])[] = [
    ['an absolute link', () => symlinkSync('/etc/passwd', path.join(folder, 'l')), /"l" points out of the folder, to "\/etc\/passwd"/],
    ['a link that climbs out', () => symlinkSync('a/../../x', path.join(folder, 'l')), /points out of the folder/],
    ['a name with a line break', () => put('a\nb', ''), /"a\\u\{a\}b" has control characters/],
    ['a named pipe', () => void execFileSync('mkfifo', [path.join(folder, 'p')]), /"p" is a socket, pipe or device/],
  ];
  for (const [what, make, says] of unfit) {
    it(`refuses ${what} before anything is read`, () => {
      make();
      assert.throws(() => bundleFolder(folder, 'tgz'), (error) => error instanceof Refusal && says.test(error.message));
    });
  }

  it('takes a link to a neighbour of its folder, however it is written', () => {
    symlinkSync('../folder/x', path.join(folder, 'out'));
    assert.throws(() => bundleFolder(folder, 'tgz'), Refusal);
    rmSync(path.join(folder, 'out'));
    mkdirSync(path.join(folder, 'a'));
    symlinkSync('../a/x', path.join(folder, 'a/in'));
    assert.equal(bundleFolder(folder, 'tgz').entries, 2);
  });

  it('says which folder is not there, or is none', () => {
    assert.throws(() => bundleFolder(path.join(folder, 'nowhere'), 'tgz'), /There is no folder ".*nowhere"/);
    put('file', '');
    assert.throws(() => bundleFolder(path.join(folder, 'file'), 'tgz'), /is not a folder/);
    assert.equal(existsSync(path.join(folder, 'nowhere')), false);
  });
});
