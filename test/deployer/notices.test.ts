import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { deploymentNotice, instanceNotice, noticeSubject, notifyEffect, testNotice } from '../../server/deployer/notices.ts';

const at = { region: 'us-east-2', accountId: '111222333444' };
const trigger = { triggerName: 'pager', triggerTargetArn: 'https://pager.example/T0KEN', triggerEvents: [] };
const row = { deployment_id: 'd-75I7MBT7C', application_name: 'myApplication', group_name: 'production', created_at: 1_446_744_188_595 };

/** Every value at every depth. */
function leaves(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [value];
}

describe('a notice', () => {
  it('of a deployment is CodeDeploy\'s, to the letter', () => {
    const statuses = ['Failed', 'Unknown', 'InProgress', 'Ready', 'Pending', 'Skipped', 'Skipped', 'Succeeded'];
    const notice = deploymentNotice(
      { row, status: 'Failed', completedAt: 1_446_744_190_402, document: { errorInformation: { code: 'IAM_ROLE_MISSING', message: 'No role.' } }, targets: statuses.map((status) => ({ status })) },
      trigger,
      at,
    );
    assert.deepEqual(notice, {
      region: 'us-east-2',
      accountId: '111222333444',
      eventTriggerName: 'pager',
      applicationName: 'myApplication',
      deploymentId: 'd-75I7MBT7C',
      deploymentGroupName: 'production',
      createTime: '1446744188.595',
      completeTime: '1446744190.402',
      deploymentOverview: { Failed: '2', InProgress: '2', Pending: '1', Skipped: '2', Succeeded: '1' },
      status: 'Failed',
      errorInformation: { ErrorCode: 'IAM_ROLE_MISSING', ErrorMessage: 'No role.' },
    });
    assert.ok(leaves(notice).every((leaf) => typeof leaf === 'string'));
  });

  it('of a deployment under way says nothing of its end', () => {
    const notice = deploymentNotice({ row, status: 'InProgress', completedAt: null, document: {}, targets: [] }, trigger, at);
    assert.ok(!('completeTime' in notice) && !('errorInformation' in notice));
  });

  it('of an instance is CodeDeploy\'s, to the letter', () => {
    const event = (name: string, status: 'Succeeded' | 'Skipped', startedAt: number | null, endedAt: number | null) => ({ name, status, attemptId: null, commandedAt: startedAt, startedAt, endedAt, diagnostics: null, warnings: [] });
    const notice = instanceNotice(
      'd-75I7MBT7C',
      { arn: 'arn:aws:ec2:us-east-2:111222333444:instance/i-496589f7', status: 'Failed' },
      [event('ApplicationStop', 'Succeeded', 1_446_744_188_595, 1_446_744_188_711), event('Install', 'Skipped', null, 1_446_744_189_000)],
      1_446_744_207_564,
      trigger,
      at,
    );
    assert.deepEqual(notice, {
      region: 'us-east-2',
      accountId: '111222333444',
      eventTriggerName: 'pager',
      deploymentId: 'd-75I7MBT7C',
      instanceId: 'arn:aws:ec2:us-east-2:111222333444:instance/i-496589f7',
      lastUpdatedAt: '1446744207.564',
      instanceStatus: 'Failed',
      lifecycleEvents: [
        { LifecycleEvent: 'ApplicationStop', LifecycleEventStatus: 'Succeeded', StartTime: '1446744188.595', EndTime: '1446744188.711' },
        { LifecycleEvent: 'Install', LifecycleEventStatus: 'Skipped', EndTime: '1446744189.000' },
      ],
    });
  });

  it('is headed as CodeDeploy heads its mails, in no more than a hundred characters', () => {
    assert.equal(noticeSubject('Succeeded', 'd-75I7MBT7C', 'web', at), 'SUCCEEDED: AWS CodeDeploy d-75I7MBT7C in us-east-2 to web');
    assert.equal(noticeSubject('Failed', 'd-75I7MBT7C', 'w'.repeat(100), at).length, 100);
  });

  it('stands in one lane with the others of its deployment to the same target, and its far end is no secret', () => {
    const effect = (target: string, deploymentId: string | null) =>
      notifyEffect('1', { groupId: 'g', deploymentId }, { triggerName: 'pager', target, event: null, subject: '', message: testNotice(trigger, 'a', 'g', at) });
    assert.equal(effect('https://pager.example/T0KEN', 'd-1').farEnd, 'https://pager.example');
    assert.equal(effect('arn:aws:sns:r:1:t', 'd-1').farEnd, 'arn:aws:sns:r:1:t');
    assert.equal(effect('webhook:chat', 'd-1').lane, effect('webhook:chat', 'd-1').lane);
    const lanes = new Set([effect('webhook:chat', 'd-1'), effect('webhook:chat', 'd-2'), effect('webhook:other', 'd-1'), effect('webhook:chat', null)].map(({ lane }) => lane));
    assert.equal(lanes.size, 4);
  });
});
