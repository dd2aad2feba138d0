// The helper as a program: its lines, whatever pieces they come in, and its end.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { tgz } from '../bundle/tar-bytes.ts';

const entry = join(import.meta.dirname, '../../../agent/commands/bulk-process.ts');

describe('the helper process for bulk work', () => {
  let folder: string;
  let child: ChildProcessWithoutNullStreams;
  let exited: Promise<unknown>;
  let answers: AsyncIterator<string>;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-bulk-'));
    child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry]);
    exited = once(child, 'exit');
    answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  });
  afterEach(async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  const answer = async (): Promise<unknown> => JSON.parse((await answers.next()).value as string) as unknown;
  const prune = (groupId: string): string => `${JSON.stringify({ kind: 'prune', request: { dataFolder: folder, groupId, deploymentId: 'd-2', lastSuccessfulId: null, maxRevisions: 1 } })}\n`;
  const deployment = (groupId: string): string => join(folder, 'deployment-root', groupId, 'd-1');

  it('takes a request in pieces, be it in the middle of a character, and two in one piece', async () => {
    const bundle = join(folder, 'bündle.tgz');
    writeFileSync(bundle, tgz({ name: 'appspec.yml', content: 'version: 0.0' }));
    const request = Buffer.from(`${JSON.stringify({ kind: 'unpack', request: { bundle, format: 'tgz', archive: join(folder, 'ärchive') } })}\n`);
    for (const [from, to] of [[0, 40], [40, request.indexOf('ü') + 1], [request.indexOf('ü') + 1, request.length]] as const) {
      await new Promise((resolve) => child.stdin.write(request.subarray(from, to), resolve));
    }
    assert.deepEqual(await answer(), { kind: 'done', answer: { kind: 'unpacked', entries: 1, bytes: 12, warnings: [] } });
    assert.ok(existsSync(join(folder, 'ärchive/appspec.yml')));
    for (const group of ['one', 'two']) mkdirSync(deployment(group), { recursive: true });
    child.stdin.write(prune('one') + prune('two'));
    assert.deepEqual([await answer(), await answer()], [{ kind: 'done', answer: ['d-1'] }, { kind: 'done', answer: ['d-1'] }]);
  });

  it('answers what it cannot do, and goes on', async () => {
    child.stdin.write(prune('../outside'));
    assert.match(JSON.stringify(await answer()), /"failed".*cannot be part of a path/);
    child.stdin.write(prune('one'));
    assert.deepEqual(await answer(), { kind: 'done', answer: [] });
  });

  it('ends well when its input does, also when it has done nothing yet', async () => {
    child.stdin.end();
    assert.deepEqual(await exited, [0, null]);
  });

  it('ends well when nobody is there to hear its answer', async () => {
    child.stdout.destroy();
    mkdirSync(deployment('one'), { recursive: true });
    child.stdin.write(prune('one'));
    assert.deepEqual(await exited, [0, null]);
    assert.equal(existsSync(deployment('one')), false);
  });
});
