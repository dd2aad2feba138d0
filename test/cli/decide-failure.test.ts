import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { refuse, say, startFakeServer } from './fake-server.ts';
import type { Answer, Asked } from './fake-server.ts';
import { linesOfChange } from '../../cli/render.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';
import { deploymentId, event, picture } from './pictures.ts';
import { environmentFor, runCommand } from './run-command.ts';
import type { Ran } from './run-command.ts';

const at = '2026-01-02T03:04:05.000Z';
const explained = 'GET /v1/deployments/d-ABCDEFGHI/explain';
const decided = 'POST /v1/deployments/d-ABCDEFGHI/decide-failure';
const question = (targetId: string, attempt = 1): object => ({ reason: 'FailureDecision', targetId, event: 'Install', attempt, since: at, deadline: at });
const waiting = (...waitingOn: object[]): Answer => say({ deploymentId, status: 'InProgress', waitingOn, sentences: waitingOn.map(() => 'It waits.') });

async function decide(answers: Readonly<Record<string, Answer>>, ...flags: readonly string[]): Promise<Ran & { readonly asked: readonly Asked[]; readonly bodies: readonly unknown[] }> {
  await using server = await startFakeServer(answers);
  const ran = await runCommand(['deployment', 'decide-failure', deploymentId, ...flags], { env: environmentFor(server.url) });
  return { ...ran, asked: server.asked, bodies: server.asked.filter(({ line }) => line.startsWith('POST')).map(({ body }) => JSON.parse(body.toString()) as unknown) };
}

describe('fairlead deployment decide-failure', () => {
  it('decides about the one target that waits, and about the very attempt that failed', async () => {
    const ran = await decide({ [explained]: waiting(question('web-1', 2), { reason: 'StopRequested', targetIds: [] }), [decided]: say({}) }, '--retry', '--comment', 'the disk was full');
    assert.deepEqual([ran.status, ran.out], [0, 'web-1: the failed event is run again.\n']);
    assert.deepEqual(ran.bodies, [{ targetIds: ['web-1'], decision: 'RETRY', attempt: 2, comment: 'the disk was full' }]);
    assert.match(ran.err, /fairlead deployment watch d-ABCDEFGHI/);
  });

  it('wants to be told which, where several wait, and takes all when told so', async () => {
    const several = { [explained]: waiting(question('web-1'), question('web-2'), question('web-3', 2)), [decided]: say({}) };
    const asks = await decide(several, '--fail');
    assert.deepEqual([asks.status, asks.bodies], [2, []]);
    assert.match(asks.err, /3 targets wait for a decision: web-1, web-2, web-3\. Name those you mean with --target, or give --all\./);
    const all = await decide(several, '--fail', '--all');
    assert.deepEqual(all.bodies, [{ targetIds: ['web-1', 'web-2'], decision: 'FAIL', attempt: 1 }, { targetIds: ['web-3'], decision: 'FAIL', attempt: 2 }]);
    const some = await decide(several, '--skip', '--target', 'web-2');
    assert.deepEqual(some.bodies, [{ targetIds: ['web-2'], decision: 'SKIP', attempt: 1 }]);
  });

  it('lets the server say why a target cannot be decided about', async () => {
    const ran = await decide({ [explained]: waiting(), [decided]: refuse(409, 'DeploymentTargetNotWaitingException', 'web-9 does not wait for a decision: it is Failed.') }, '--retry', '--target', 'web-9');
    assert.deepEqual(ran.bodies, [{ targetIds: ['web-9'], decision: 'RETRY' }]);
    assert.deepEqual([ran.status, ran.out], [2, '']);
    assert.match(ran.err, /^web-9 does not wait for a decision: it is Failed\./);
  });

  it('says so where nothing waits', async () => {
    const ran = await decide({ [explained]: waiting() }, '--retry');
    assert.deepEqual([ran.status, ran.bodies], [2, []]);
    assert.match(ran.err, /Nothing of .*d-ABCDEFGHI.* waits for a decision; it is InProgress\./);
  });

  it('takes exactly one decision, and asks nobody when the flags make no sense', async () => {
    for (const [flags, says] of [[[], /Give exactly one of --retry, --skip and --fail/], [['--retry', '--skip'], /exactly one/], [['--retry', '--all', '--target', 'a'], /either --target or --all/]] as const) {
      const ran = await decide({}, ...flags);
      assert.deepEqual([ran.status, ran.asked.length], [2, 0]);
      assert.match(ran.err, says);
    }
  });
});

describe('a deployment with a target that waits for a decision', () => {
  const hold = (attempt: number): Waiting => ({ reason: 'FailureDecision', targetId: 'web-1', event: 'Install', attempt, since: 0, deadline: 1 });
  const failed = [{ id: 'web-1', status: 'InProgress' as const, events: [event('Install', 'Failed')] }];

  it('says so in a line of its own, and again for the next attempt', () => {
    const first = picture('InProgress', failed, {}, { waitingOn: [hold(1)], sentences: ['web-1 waits.'] });
    const second = picture('InProgress', failed, {}, { waitingOn: [hold(2)], sentences: ['web-1 waits again.'] });
    assert.ok(linesOfChange(picture('InProgress'), first).includes('d-ABCDEFGHI web-1 waits.'));
    assert.deepEqual(linesOfChange(first, first), []);
    assert.deepEqual(linesOfChange(first, second), ['d-ABCDEFGHI web-1 waits again.']);
  });
});
