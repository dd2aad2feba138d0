import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeOwnFolder } from '../../world/real/make-folder.ts';

describe("a program's own folder", () => {
  let folder = '';
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'fairlead-folder-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('is made with all that is missing above it, and is content when it is there', async () => {
    const path = join(folder, 'a/b/c');
    await makeOwnFolder(path, 'the data folder', 0o700);
    await makeOwnFolder(path, 'the data folder', 0o700);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
  });

  it('is refused below a file, naming the file', async () => {
    await writeFile(join(folder, 'file'), '');
    await assert.rejects(makeOwnFolder(join(folder, 'file/a/b'), 'the data folder', 0o700), (error: Error) => error.message.startsWith(`The data folder ${folder}/file/a/b cannot be made: ${folder}/file is a file.`));
  });

  it('is refused where no folder can be made, and comes back to say so', async function () {
    if (!existsSync('/proc/self')) return assert.equal(existsSync('/proc/self'), false);
    await assert.rejects(makeOwnFolder('/proc/x/y', 'the data folder', 0o700), /The data folder \/proc\/x\/y cannot be made: .*at \/proc\/x\)\. Name a folder that this user may write to/);
  });
});
