// The real files door: old or new but never torn, one winner of a claim, and silence only where the contract says so.

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { realFiles } from '../../world/real/files.ts';

describe('the files door', () => {
  const files = realFiles();
  let folder: string;
  const at = (...parts: string[]): string => join(folder, ...parts);
  const bytes = (text: string): Uint8Array => Buffer.from(text);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('reads what is there and null for what is not', async () => {
    writeFileSync(at('a'), 'hello');
    assert.equal(Buffer.from((await files.read(at('a'))) ?? []).toString(), 'hello');
    assert.equal(await files.size(at('a')), 5);
    for (const missing of [at('b'), at('a', 'below a file')]) {
      assert.equal(await files.read(missing), null);
      assert.equal(await files.size(missing), null);
      assert.equal(await files.readRange(missing, 0, 1), null);
    }
    await assert.rejects(files.read(folder), /EISDIR/);
  });

  it('reads ranges, shorter at the end', async () => {
    writeFileSync(at('a'), '0123456789');
    const range = async (offset: number, length: number): Promise<string> => Buffer.from((await files.readRange(at('a'), offset, length)) ?? []).toString();
    assert.deepEqual([await range(0, 3), await range(8, 5), await range(10, 5), await range(99, 5), await range(2, 0)], ['012', '89', '', '', '']);
    assert.equal((await files.readRange(at('a'), 0, 2 ** 40))?.length, 10);
  });

  it('gives the room of a range back, leaving length and the rest as they were', async () => {
    const mebibyte = 1_048_576;
    writeFileSync(at('a'), Buffer.alloc(4 * mebibyte, 'x'));
    const before = statSync(at('a')).blocks;
    assert.equal(await files.freeRange(at('a'), mebibyte, 2 * mebibyte), true);
    assert.equal(statSync(at('a')).size, 4 * mebibyte);
    assert.equal(before - statSync(at('a')).blocks, (2 * mebibyte) / 512);
    const expected = Buffer.alloc(4 * mebibyte, 'x').fill(0, mebibyte, 3 * mebibyte);
    assert.ok(readFileSync(at('a')).equals(expected));
    assert.equal(await files.freeRange(at('missing'), 0, 1), false);
    assert.deepEqual(readdirSync(folder), ['a']);
  });

  it('replaces a file as a whole, with the asked mode and nothing left beside it', async () => {
    await files.writeAtomically(at('a'), bytes('one'));
    assert.equal(statSync(at('a')).mode & 0o777, 0o600);
    await Promise.all(Array.from({ length: 20 }, (_, index) => files.writeAtomically(at('a'), bytes(String(index).repeat(100_000)), 0o666)));
    assert.equal(statSync(at('a')).mode & 0o777, 0o666);
    const found = readFileSync(at('a'), 'latin1');
    assert.ok(Array.from({ length: 20 }, (_, index) => String(index).repeat(100_000)).includes(found));
    assert.deepEqual(readdirSync(folder), ['a']);
  });

  it('leaves the old file and no temporary one when a write fails', async () => {
    mkdirSync(at('taken'));
    writeFileSync(at('taken', 'x'), '');
    await assert.rejects(files.writeAtomically(at('taken'), bytes('x')));
    await assert.rejects(files.writeAtomically(at('none', 'a'), bytes('x')), /ENOENT/);
    assert.deepEqual(readdirSync(folder), ['taken']);
  });

  it('gives a claim to exactly one of many', async () => {
    const won = await Promise.all(Array.from({ length: 50 }, (_, index) => files.createExclusively(at('claim'), bytes(String(index)))));
    assert.equal(won.filter(Boolean).length, 1);
    assert.equal(readFileSync(at('claim'), 'latin1'), String(won.indexOf(true)));
    symlinkSync('/no/such', at('link'));
    assert.equal(await files.createExclusively(at('link'), bytes('')), false);
  });

  it('appends across openings, and cuts', async () => {
    for (const text of ['one\n', 'two\n']) {
      const appender = await files.openAppend(at('log'));
      await appender.append(bytes(text));
      await appender.sync();
      await appender.close();
    }
    const appender = await files.openAppend(at('log'));
    await appender.truncate(4);
    await appender.append(bytes('x'.repeat(1_000_000)));
    await appender.close();
    assert.equal(statSync(at('log')).size, 1_000_004);
    assert.equal(statSync(at('log')).mode & 0o777, 0o600);
  });

  it('lists names in order, and none for no folder', async () => {
    for (const name of ['b', 'a', 'B']) writeFileSync(at(name), '');
    assert.deepEqual(await files.list(folder), ['B', 'a', 'b']);
    assert.deepEqual(await files.list(at('none')), []);
  });

  it('makes folders with their parents, again and at once', async () => {
    await Promise.all(Array.from({ length: 10 }, () => files.makeFolder(at('a', 'b', 'c'))));
    assert.equal(statSync(at('a')).mode & 0o777, 0o700);
    chmodSync(at('a'), 0o750);
    await files.makeFolder(at('a', 'b', 'c'), 0o755);
    assert.equal(statSync(at('a')).mode & 0o777, 0o750);
    writeFileSync(at('file'), '');
    await assert.rejects(files.makeFolder(at('file')), /EEXIST/);
    await assert.rejects(files.makeFolder(at('file', 'x')), /ENOTDIR|EEXIST/);
  });

  it('removes files and trees, and is silent when there is nothing', async () => {
    mkdirSync(at('a', 'b'), { recursive: true });
    writeFileSync(at('a', 'b', 'c'), '');
    await files.remove(at('a'));
    await files.remove(at('a'));
    await files.remove(at('none', 'x'));
    assert.deepEqual(readdirSync(folder), []);
  });
});
