import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { archiveLayout } from '../../../agent/archive-layout.ts';
import { makeRunHooks, originOf } from '../../../agent/commands/run-event.ts';
import type { AttemptContext } from '../../../agent/executors.ts';
import { openGate } from '../../../agent/policy/gate.ts';
import { openPolicy } from '../../../agent/policy/policy.ts';
import type { GroupRecord, ScriptStart } from '../../../agent/journal-state.ts';
import { silentLog } from '../../../world/log.ts';
import { makeRealWorld } from '../../../world/real/real-world.ts';
import type { World } from '../../../world/world.ts';
import { runEventCommand } from '../commands-of.ts';

describe('an event with hooks', () => {
  let folder: string;
  let world: World;
  let starts: ScriptStart[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-run-'));
    world = { ...makeRealWorld(), log: silentLog };
    starts = [];
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Puts an unpacked revision on the host whose script for `event` is `body`. */
  function unpack(deploymentId: string, event: string, body: string): void {
    const { archive } = archiveLayout(folder).deployment('group-1', deploymentId);
    mkdirSync(archive, { recursive: true });
    writeFileSync(join(archive, 'appspec.yml'), `version: 0.0\nos: linux\nhooks:\n  ${event}:\n    - location: hook.sh\n      timeout: 30\n`);
    writeFileSync(join(archive, 'hook.sh'), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }

  function run(event: string, group: Partial<GroupRecord> = {}, files = world.files) {
    const layout = archiveLayout(folder);
    const execute = makeRunHooks({ world: { ...world, files }, layout, root: null, hookEnvironment: { PATH: '/usr/bin:/bin' }, hookGraceMs: 100, gate: openGate(openPolicy(), world, layout) });
    const context: AttemptContext = {
      log: silentLog,
      group: { lastSuccessful: null, mostRecent: null, ...group },
      scriptStarts: [],
      recordScriptStart: async (start) => void starts.push(start),
      cancelled: new AbortController().signal,
      leaving: new AbortController().signal,
    };
    // A name of our own: what carries the mark of an attempt is found on the whole machine.
    return execute(runEventCommand({ attemptId: `att-run-event-${process.pid}`, event, deploymentId: 'd-NEW' }), context);
  }

  it('has nothing to run before the first revision has succeeded, and starts no process for it', async () => {
    const { outcome } = await run('ApplicationStop');
    assert.equal(outcome, 'Succeeded');
    assert.deepEqual(starts, []);
  });

  it('runs the last successful revision’s ApplicationStop', async () => {
    unpack('d-OLD', 'ApplicationStop', `echo "$DEPLOYMENT_ID" > ${folder}/ran`);
    assert.equal((await run('ApplicationStop', { lastSuccessful: 'd-OLD', mostRecent: 'd-BROKEN' })).outcome, 'Succeeded');
    assert.equal(readFileSync(join(folder, 'ran'), 'utf8'), 'd-NEW\n', 'on behalf of the new deployment');
  });

  it('skips the hooks of a revision that is not on the host any more, and tells the operator', async () => {
    const { outcome, warnings } = await run('ApplicationStop', { lastSuccessful: 'd-GONE' });
    assert.equal(outcome, 'Succeeded');
    assert.match(warnings[0]!, /skipped.*d-GONE is not on this host any more/);
  });

  it('fails where the bundle being deployed is not on the host', async () => {
    const { outcome, diagnostics } = await run('AfterInstall');
    assert.equal(outcome, 'Failed');
    assert.match(diagnostics.message, /bundle of d-NEW is not on this host/);
  });

  it('costs no process where the revision has no script for it', async () => {
    unpack('d-NEW', 'AfterInstall', 'true');
    assert.equal((await run('BeforeInstall')).outcome, 'Succeeded');
    assert.deepEqual(starts, []);
  });

  it('gives hooks no more than it was told to', async () => {
    unpack('d-NEW', 'AfterInstall', `env | sed 's/=.*//' | sort > ${folder}/names`);
    await run('AfterInstall');
    const names = readFileSync(join(folder, 'names'), 'utf8').trim().split('\n').filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name));
    assert.deepEqual(names, ['APPLICATION_NAME', 'DEPLOYMENT_GROUP_ID', 'DEPLOYMENT_GROUP_NAME', 'DEPLOYMENT_ID', 'FAIRLEAD_ATTEMPT', 'FAIRLEAD_ROOT', 'LIFECYCLE_EVENT', 'PATH']);
  });

  it('does not lose a running script when the disk fails for a moment, nor start it again', async () => {
    unpack('d-NEW', 'AfterInstall', `echo started >> ${folder}/starts; sleep 0.5; exit 4`);
    let failures = 2;
    const { files } = world;
    const failing: World['files'] = {
      ...files,
      read: async (path) => {
        if (path.endsWith('/exit') && failures > 0) {
          failures -= 1;
          throw new Error('EMFILE: too many open files');
        }
        return files.read(path);
      },
    };
    const { outcome, diagnostics } = await run('AfterInstall', {}, failing);
    assert.equal(failures, 0);
    assert.equal(outcome, 'Failed');
    assert.match(diagnostics.message, /exit code 4/);
    assert.equal(readFileSync(join(folder, 'starts'), 'utf8'), 'started\n');
  });

  it('knows where a bundle came from by the revision’s own words only', () => {
    assert.deepEqual(originOf({ revisionType: 'S3', s3Location: { bucket: 'b', key: 'k', eTag: 'e' } }), { kind: 's3', bucket: 'b', key: 'k', version: null, eTag: 'e' });
    assert.deepEqual(originOf({ revisionType: 'GitHub', gitHubLocation: { repository: 'a/b', commitId: 'c' } }), { kind: 'github', commit: 'c' });
    for (const odd of [{}, { s3Location: null }, { s3Location: { bucket: 1, key: 'k' } }, { s3Location: { bucket: 'b', key: 'a\0b' } }]) assert.deepEqual(originOf(odd), { kind: 'other' });
  });
});
