// Hooks on a host with systemd: what becomes of them when the agent's service is restarted, upgraded or killed, and when
// the host goes down, by the shipped agent. Needs root and systemd-nspawn: `npm run test:fleet`.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { AgentHost } from './agent-host.ts';

/** Notes its start, by O_APPEND, where no agent looks; prints; waits for /go-DEPLOYMENT. */
const patient = (rest: string): string => `#!/bin/sh
echo "$DEPLOYMENT_ID" >> /starts
echo begun
while [ ! -e "/go-$DEPLOYMENT_ID" ]; do echo tick; sleep 0.1; done
${rest}
`;

const starts = ({ host }: AgentHost, deploymentId: string): number => host.read('/starts').split('\n').filter((line) => line === deploymentId).length;
const go = ({ host }: AgentHost, deploymentId: string): void => host.write(`/go-${deploymentId}`, '');
const isAlive = async ({ host }: AgentHost, pidFile: string): Promise<boolean> => (await host.try('cat', `/proc/${host.read(pidFile).trim()}/comm`)) !== '';

describe('a hook on a host with systemd, whose agent is a service that ends with all in its control group', function () {
  this.timeout(120_000);
  let one: AgentHost;
  before(async () => {
    one = new AgentHost();
    await one.start({ killMode: 'control-group' });
  });
  after(() => one[Symbol.asyncDispose]());

  it('goes on while the agent is restarted and killed; its exit status and all of its output are picked up, and it was started once', async () => {
    const attemptId = await one.begin('d-RESTART', 'AfterInstall', patient('echo last words\nexit 7'));
    await one.host.until(() => starts(one, 'd-RESTART') === 1, 'the hook');
    assert.equal(await one.unit(attemptId, 'SubState'), 'running');
    await one.disturb('restart');
    await one.disturb('kill');
    await one.disturb('restart');
    go(one, 'd-RESTART');
    const { outcome, diagnostics } = await one.controller.ended(attemptId);
    assert.deepEqual([outcome, diagnostics.errorCode], ['Failed', 'ScriptFailed']);
    assert.match(diagnostics.message, /failed with exit code 7/);
    const printed = one.log('d-RESTART').split('\n').filter((line) => line !== '[stdout]tick' && line !== '');
    assert.deepEqual(printed, ['LifecycleEvent - AfterInstall', 'Script - hook.sh', '[stdout]begun', '[stdout]last words']);
    assert.equal(starts(one, 'd-RESTART'), 1);
  });

  it('may end while there is no agent', async () => {
    const attemptId = await one.begin('d-ALONE', 'AfterInstall', patient('echo alone'));
    await one.host.until(() => starts(one, 'd-ALONE') === 1, 'the hook');
    await one.host.run('systemctl', 'stop', 'fairlead-agent');
    go(one, 'd-ALONE');
    await one.host.until(async () => (await one.unit(attemptId, 'SubState')) === 'exited', 'the end of the hook');
    await one.disturb('restart');
    assert.equal((await one.controller.ended(attemptId)).outcome, 'Succeeded');
    assert.match(one.log('d-ALONE'), /\[stdout\]alone/);
    assert.equal(starts(one, 'd-ALONE'), 1);
  });

  it('leaves the daemons that it started running, past its own end and the agent’s; their unit goes when they have gone', async () => {
    const attemptId = await one.begin('d-DAEMON', 'ApplicationStart', '#!/bin/sh\nnohup sleep 1000 > /dev/null 2>&1 &\necho $! > /nohup\nsetsid -f sh -c "echo \\$\\$ > /setsid; exec sleep 1001"\n');
    assert.equal((await one.controller.ended(attemptId)).outcome, 'Succeeded');
    await one.disturb('restart');
    await one.disturb('kill');
    assert.deepEqual([await isAlive(one, '/nohup'), await isAlive(one, '/setsid')], [true, true]);
    assert.equal(await one.unit(attemptId, 'SubState'), 'exited');
    await one.host.run('kill', one.host.read('/nohup').trim(), one.host.read('/setsid').trim());
    const next = await one.begin('d-NEXT', 'AfterInstall', '#!/bin/sh\ntrue\n');
    await one.controller.ended(next);
    await one.host.until(async () => (await one.unit(attemptId, 'LoadState')) === 'not-found' && (await one.unit(next, 'LoadState')) === 'not-found', 'the units to go');
    assert.equal((await one.host.try('systemctl', 'is-system-running')).trim(), 'running');
  });

  it('takes along what hid itself from the agent when its time is up: another session, no environment', async () => {
    const attemptId = await one.begin('d-HIDDEN', 'AfterInstall', '#!/bin/sh\nsetsid -f env -i sh -c "echo \\$\\$ > /hidden; while :; do sleep 1; done"\nsleep 1000\n', { timeoutSeconds: 2 });
    const { diagnostics } = await one.controller.ended(attemptId);
    assert.equal(diagnostics.errorCode, 'ScriptTimedOut');
    assert.equal(await isAlive(one, '/hidden'), false);
    await one.host.until(async () => (await one.unit(attemptId, 'LoadState')) === 'not-found', 'the unit to go');
  });

  it('is ended by systemd when its time is up and no agent is there; the next agent says that it timed out', async () => {
    const attemptId = await one.begin('d-LATE', 'AfterInstall', '#!/bin/sh\necho $$ > /late\nwhile :; do sleep 0.2; done\n', { timeoutSeconds: 5 });
    await one.host.until(() => one.host.read('/late'), 'the hook');
    await one.host.run('systemctl', 'stop', 'fairlead-agent');
    await one.host.until(async () => (await one.unit(attemptId, 'Result')) === 'timeout' && (await one.unit(attemptId, 'ActiveState')) === 'failed', 'systemd to end it');
    assert.equal(await isAlive(one, '/late'), false);
    await one.disturb('restart');
    const { outcome, diagnostics } = await one.controller.ended(attemptId);
    assert.deepEqual([outcome, diagnostics.errorCode], ['Failed', 'ScriptTimedOut']);
  });

  it('is interrupted, exactly, when somebody stops its unit', async () => {
    const attemptId = await one.begin('d-STOPPED', 'AfterInstall', patient('true'));
    await one.host.until(() => starts(one, 'd-STOPPED') === 1, 'the hook');
    await one.host.run('systemctl', 'stop', `fairlead-hook-${attemptId}.0.service`);
    const { outcome, diagnostics } = await one.controller.ended(attemptId);
    assert.equal(outcome, 'Interrupted');
    assert.match(diagnostics.message, /ended from outside/);
    assert.equal(starts(one, 'd-STOPPED'), 1);
  });

  it('is not started when the name of its unit is taken', async () => {
    await one.host.run('systemd-run', '--quiet', '--unit=fairlead-hook-d-TAKEN-AfterInstall.0', 'sleep', '1000');
    const attemptId = await one.begin('d-TAKEN', 'AfterInstall', patient('true'));
    const { outcome, diagnostics } = await one.controller.ended(attemptId);
    assert.equal(outcome, 'Failed');
    assert.match(diagnostics.message, /could not be started: systemd-run ended with 1: .*already/);
    assert.equal(starts(one, 'd-TAKEN'), 0);
  });

  it('has the limits of a drop-in for all hooks', async () => {
    one.host.write('/etc/systemd/system/fairlead-hook-.service.d/limits.conf', '[Service]\nLimitNOFILE=777\n');
    await one.host.run('systemctl', 'daemon-reload');
    const attemptId = await one.begin('d-LIMITS', 'AfterInstall', '#!/bin/sh\nulimit -n\n');
    await one.controller.ended(attemptId);
    assert.match(one.log('d-LIMITS'), /\[stdout\]777\n/);
  });

  it('runs as its user with that user’s groups, and nobody can read its environment off the unit', async () => {
    await one.host.run('useradd', '--user-group', '--groups', 'games', 'shop');
    const attemptId = await one.begin('d-RUNAS', 'AfterInstall', '#!/bin/sh\nid -un; id -Gn; echo "$DEPLOYMENT_ID"\nwhile [ ! -e /go-d-RUNAS ]; do sleep 0.1; done\n', { runas: 'shop' });
    await one.host.until(async () => (await one.unit(attemptId, 'SubState')) === 'running', 'the hook');
    assert.doesNotMatch(await one.host.run('systemctl', 'show', `fairlead-hook-${attemptId}.0.service`), /DEPLOYMENT_ID|deployment-archive/);
    go(one, 'd-RUNAS');
    assert.equal((await one.controller.ended(attemptId)).outcome, 'Succeeded');
    assert.match(one.log('d-RUNAS'), /\[stdout\]shop\n\[stdout\]shop games\n\[stdout\]d-RUNAS\n/);
  });

  for (const how of ['orderly', 'killed'] as const) {
    it(`is interrupted, exactly, by a reboot of its host (${how}), and not run again`, async () => {
      const deploymentId = `d-${how}`;
      const attemptId = await one.begin(deploymentId, 'AfterInstall', patient('true'));
      await one.host.until(() => starts(one, deploymentId) === 1, 'the hook');
      await one.reboot(how);
      const { outcome, diagnostics } = await one.controller.ended(attemptId);
      assert.equal(outcome, 'Interrupted');
      assert.match(diagnostics.message, /the host was restarted/);
      assert.equal(starts(one, deploymentId), 1);
    });
  }
});

describe('a hook on a host with systemd that keeps hooks out of units (hook_units: never)', function () {
  this.timeout(120_000);

  it('goes on while the agent is restarted and killed, where the agent’s service ends only its own process', async () => {
    await using one = new AgentHost();
    await one.start({ killMode: 'process', hookUnits: 'never' });
    const attemptId = await one.begin('d-SESSION', 'AfterInstall', patient('exit 7'));
    await one.host.until(() => starts(one, 'd-SESSION') === 1, 'the hook');
    assert.equal(await one.unit(attemptId, 'LoadState'), 'not-found');
    await one.disturb('restart');
    await one.disturb('kill');
    go(one, 'd-SESSION');
    assert.match((await one.controller.ended(attemptId)).diagnostics.message, /failed with exit code 7/);
    assert.equal(starts(one, 'd-SESSION'), 1);
  });
});
