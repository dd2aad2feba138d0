import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  aRunningSnapshot, aTarget, aTargetAllDone, aTargetBefore, aTargetFailed, aTargetRunning, aTargetSucceeded,
  hour, minute, neverSeen, noon, second, silentSince,
} from '../builders/a-snapshot.ts';
import type { GiveUpCause } from '../../server/planner/snapshot.ts';
import { actionsOf, decide, messageOf, verdictOf } from './decide.ts';

/** Commanded `ms` ago and not accepted since. */
const unaccepted = (ms: number) => ({ commandedAt: noon - ms, startedAt: null });
/** Accepted `ms` ago. */
const accepted = (ms: number) => ({ commandedAt: noon - ms - second, startedAt: noon - ms });

describe('a command that no agent accepts', () => {
  it('is waited for until the last millisecond of five minutes', () => {
    assert.deepEqual(actionsOf(aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install', unaccepted(5 * minute - 1))] })), []);
  });

  it("fails then, with CodeDeploy's words, and its target with it", () => {
    const snapshot = aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install', unaccepted(5 * minute)), aTargetRunning('i-2', 'Install')] });
    assert.deepEqual(decide(snapshot).actions, [
      {
        kind: 'FailEvent',
        targetId: 'i-1',
        event: 'Install',
        generation: 4,
        cause: 'AgentNotHeard',
        message:
          'CodeDeploy agent was not able to receive the lifecycle event. Check the CodeDeploy agent logs on your host and make sure the agent is running and can connect to the CodeDeploy server.',
      },
      { kind: 'FinishTarget', targetId: 'i-1', status: 'Failed' },
    ]);
  });

  it('makes way for the next event where its failure is ignored', () => {
    const targets = [aTargetRunning('i-1', 'ApplicationStop', unaccepted(5 * minute))];
    const snapshot = aRunningSnapshot({ targets, deployment: { ignoreApplicationStopFailures: true } });
    assert.deepEqual(actionsOf(snapshot), ['i-1 fail ApplicationStop #1 AgentNotHeard', 'i-1 run DownloadBundle #2']);
  });
});

describe('an accepted event that does not end', () => {
  const at = (ms: number, agent = {}) => aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install', accepted(ms), agent), aTargetRunning('i-2', 'Install')], deployment: { startedAt: noon - 2 * hour } });

  it('is waited for until the last millisecond of its hour', () => assert.deepEqual(actionsOf(at(hour - 1)), []));

  it('fails then, naming the event and the time', () => {
    assert.deepEqual(actionsOf(at(hour)), ['i-1 fail Install #4 EventTimeout', 'i-1 Failed']);
    const fail = decide(at(hour)).actions[0];
    assert.match(fail?.kind === 'FailEvent' ? fail.message : '', /^Install did not end within 1 h /);
  });

  it('fails for its agent if that is silent then, and says since when', () => {
    const snapshot = at(hour, { agent: silentSince(noon - 40 * minute) });
    assert.deepEqual(actionsOf(snapshot), ['i-1 fail Install #4 AgentNotHeard', 'i-1 Failed']);
    const fail = decide(snapshot).actions[0];
    assert.match(fail?.kind === 'FailEvent' ? fail.message : '', /^Install was accepted.* silent for 40 min/);
  });

  it('is measured from being accepted, not from being commanded', () => {
    const running = { commandedAt: noon - hour - minute, startedAt: noon - hour + 1 };
    assert.deepEqual(actionsOf(aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install', running)], deployment: { startedAt: noon - 2 * hour } })), []);
  });
});

describe('a deployment out of time', () => {
  const late = { startedAt: noon - 8 * hour } as const;
  const targets = [aTargetRunning('i-1', 'Install'), aTargetBefore('i-2', 'AfterInstall'), aTargetSucceeded('i-3'), aTarget('i-4')];

  it('goes on until the last millisecond', () => {
    assert.equal(verdictOf(aRunningSnapshot({ targets, deployment: { startedAt: late.startedAt + 1 } })), null);
  });

  it('fails what is in flight, skips what is pending, and fails with TIMEOUT', () => {
    const snapshot = aRunningSnapshot({ targets, deployment: late });
    assert.deepEqual(actionsOf(snapshot), [
      'i-1 fail Install #4 DeploymentTimeout',
      'i-1 Failed',
      'i-2 Failed',
      'i-4 Skipped',
      'deployment Failed TIMEOUT',
    ]);
    assert.match(messageOf(snapshot), /within 8 h/);
  });

  it('has timed out even if all that was left was in flight', () => {
    const snapshot = aRunningSnapshot({ targets: [aTargetSucceeded('i-1'), aTargetRunning('i-2', 'Install')], deployment: late });
    assert.equal(verdictOf(snapshot), 'Failed TIMEOUT');
  });

  it('gives up even where the failure of the event would be ignored', () => {
    const running = [aTargetRunning('i-1', 'ApplicationStop')];
    assert.equal(verdictOf(aRunningSnapshot({ targets: running, deployment: { ...late, ignoreApplicationStopFailures: true } })), 'Failed TIMEOUT');
  });

  it('rolls back where failures do', () => {
    const deployment = { ...late, autoRollback: { enabled: true, events: ['DEPLOYMENT_FAILURE' as const] } };
    const snapshot = aRunningSnapshot({ targets, deployment, lastSuccessfulDeploymentId: 'd-1' });
    assert.equal(actionsOf(snapshot).at(-1), 'roll back to d-1 because DEPLOYMENT_FAILURE');
  });

  it('is judged as ever if the last target ended by itself in the meantime', () => {
    assert.equal(verdictOf(aRunningSnapshot({ targets: [aTargetAllDone('i-1')], deployment: late })), 'Succeeded');
  });
});

describe('AGENT_ISSUE', () => {
  const failedFor = (targetId: string, givenUp: GiveUpCause | null) => aTargetFailed(targetId, 'ApplicationStop', { startedAt: null, givenUp });

  it('is the verdict when no target failed but for its agent, and names them', () => {
    const snapshot = aRunningSnapshot({ targets: [failedFor('i-1', 'AgentNotHeard'), aTargetRunning('i-2', 'ApplicationStop', unaccepted(5 * minute), { agent: neverSeen })] });
    assert.equal(verdictOf(snapshot), 'Failed AGENT_ISSUE');
    assert.match(messageOf(snapshot), /i-1, i-2\. Make sure/);
    assert.equal(messageOf({ ...snapshot, targets: snapshot.targets.toReversed() }), messageOf(snapshot));
  });

  it('is not when another failed for a reason of its own', () => {
    const targets = [aTargetFailed('i-1', 'Install'), failedFor('i-2', 'AgentNotHeard')];
    assert.equal(verdictOf(aRunningSnapshot({ targets })), 'Failed HEALTH_CONSTRAINTS');
    assert.equal(verdictOf(aRunningSnapshot({ targets: [failedFor('i-1', 'EventTimeout'), failedFor('i-2', 'AgentNotHeard')] })), 'Failed HEALTH_CONSTRAINTS');
  });

  it('is not when of another target nobody knows what became of it', () => {
    const targets = [failedFor('i-1', 'AgentNotHeard'), { ...aTargetFailed('i-2'), status: 'Unknown' as const }];
    assert.equal(verdictOf(aRunningSnapshot({ targets })), 'Failed HEALTH_CONSTRAINTS');
  });

  it('is not for an agent that was only not heard for an event whose failure is ignored', () => {
    const failed = aTargetFailed('i-1', 'Install');
    const events = failed.events.map((event) => (event.name === 'ApplicationStop' ? { ...event, status: 'Failed' as const, givenUp: 'AgentNotHeard' as const } : event));
    const snapshot = aRunningSnapshot({ targets: [{ ...failed, events }], deployment: { ignoreApplicationStopFailures: true } });
    assert.equal(verdictOf(snapshot), 'Failed HEALTH_CONSTRAINTS');
  });

  it('is read from an event never accepted where the cause was not recorded', () => {
    const failed = aTargetFailed('i-1', 'ApplicationStop', { startedAt: null });
    const events = failed.events.map(({ givenUp: _, ...event }) => event);
    assert.equal(verdictOf(aRunningSnapshot({ targets: [{ ...failed, events }] })), 'Failed AGENT_ISSUE');
  });
});
