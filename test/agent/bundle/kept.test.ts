import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'mocha';
import { realExecutors } from '../../../agent/commands/real-executors.ts';
import { readConfig } from '../../../agent/config.ts';
import type { Ending } from '../../../agent/executors.ts';
import type { RunEventCommand } from '../../../protocol/session/frames.ts';
import { silentLog } from '../../../world/log.ts';
import { makeRealWorld } from '../../../world/real/real-world.ts';
import { anOrigin, bundleTar, serving, type Origin } from '../../revisions/origin.ts';
import { runEventCommand } from '../commands-of.ts';
import { makePlace } from './canary.ts';

const world = { ...makeRealWorld({ level: 'error', folder: null, program: 'test' }), log: silentLog };

interface Host {
  readonly origin: Origin;
  /** Runs DownloadBundle of a deployment of these bytes. */
  download(deploymentId: string, bytes: Buffer, over?: Partial<RunEventCommand>, lastSuccessful?: string | null): Promise<Ending>;
  readonly text: (deploymentId: string) => string;
  readonly fileOf: (deploymentId: string, name: string) => string;
}

async function onHost(act: (host: Host) => Promise<void>): Promise<void> {
  const place = makePlace();
  await using origin = await anOrigin();
  const { config } = readConfig({ file: null, environment: {}, flags: { controller: origin.url, dataDir: path.join(place.folder, 'data'), root: place.folder }, hostname: 'host', agentVersion: '1' });
  const executors = realExecutors(config, world, () => null);
  const fileOf = (deploymentId: string, name: string): string => path.join(place.folder, 'data', 'deployment-root', 'group-1', deploymentId, name);
  const never = new AbortController().signal;
  const context = { log: silentLog, scriptStarts: [], recordScriptStart: async () => undefined, cancelled: never, leaving: never };
  try {
    await act({
      origin,
      fileOf,
      text: (deploymentId) => fs.readFileSync(fileOf(deploymentId, 'deployment-archive/text'), 'utf8'),
      download(deploymentId, bytes, over = {}, lastSuccessful = null) {
        const bundle = { url: `${origin.url}/b`, sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, bundleType: 'tar' as const };
        return executors.downloadBundle(runEventCommand({ event: 'DownloadBundle', deploymentId, bundle, ...over }), { ...context, group: { lastSuccessful, mostRecent: null } });
      },
    });
  } finally {
    place.remove();
  }
}

const one = bundleTar('one');
const two = bundleTar('two');

describe('a bundle that an earlier deployment has kept', () => {
  it('is not fetched again, and gives the tree as it came, whatever scripts have made of the older one', () =>
    onHost(async ({ origin, download, text, fileOf }) => {
      origin.script = serving(one);
      assert.equal((await download('d-1', one)).outcome, 'Succeeded');
      fs.writeFileSync(fileOf('d-1', 'deployment-archive/text'), 'changed by a script');
      origin.script = serving(two);
      assert.equal((await download('d-2', two)).outcome, 'Succeeded');
      origin.script = (_request, response) => void response.writeHead(500).end();
      assert.equal((await download('d-3', one)).outcome, 'Succeeded');
      assert.equal(text('d-3'), 'one');
      assert.equal(origin.seen.length, 2);
    }));

  it('is fetched again when its bytes are not what they were', () =>
    onHost(async ({ origin, download, text, fileOf }) => {
      origin.script = serving(one);
      await download('d-1', one);
      const kept = fs.readFileSync(fileOf('d-1', 'bundle.tar'));
      kept[kept.length - 1]! ^= 1;
      fs.writeFileSync(fileOf('d-1', 'bundle.tar'), kept);
      assert.equal((await download('d-2', one)).outcome, 'Succeeded');
      assert.equal(text('d-2'), 'one');
      assert.equal(origin.seen.length, 2);
    }));

  it('outlives the deployment that fetched it', () =>
    onHost(async ({ origin, download, text, fileOf }) => {
      origin.script = serving(one);
      await download('d-1', one);
      await download('d-2', one);
      fs.rmSync(path.dirname(fileOf('d-1', 'bundle.tar')), { recursive: true });
      await download('d-3', one);
      assert.equal(text('d-3'), 'one');
      assert.equal(origin.seen.length, 1);
    }));

  it('is not kept when it was refused', () =>
    onHost(async ({ origin, download, fileOf }) => {
      const bad = Buffer.from('no archive at all'.repeat(100));
      origin.script = serving(bad);
      assert.equal((await download('d-1', bad)).outcome, 'Failed');
      assert.equal(fs.existsSync(fileOf('d-1', 'bundle.tar')), false);
    }));
});

describe('a RESTART', () => {
  it('takes the bundle from the host and asks nobody', () =>
    onHost(async ({ origin, download, text }) => {
      origin.script = serving(one);
      await download('d-1', one);
      const ending = await download('d-2', one, { deploymentMode: 'RESTART' }, 'd-1');
      assert.equal(ending.outcome, 'Succeeded', ending.diagnostics.message);
      assert.equal(text('d-2'), 'one');
      assert.equal(origin.seen.length, 1);
    }));

  it('fails in a sentence where the copy is gone, and still asks nobody', () =>
    onHost(async ({ origin, download }) => {
      origin.script = serving(one);
      const never = await download('d-2', one, { deploymentMode: 'RESTART' });
      assert.match(never.diagnostics.message, /this host has no copy of its bundle. No deployment of this group has succeeded on this host yet. Deploy the revision again without RESTART/);
      const gone = await download('d-3', one, { deploymentMode: 'RESTART' }, 'd-1');
      assert.match(gone.diagnostics.message, /The last success here was d-1/);
      assert.deepEqual([never.outcome, gone.outcome, origin.seen.length], ['Failed', 'Failed', 0]);
    }));
});
