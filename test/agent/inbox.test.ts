import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { maxCommandBytes } from '../../agent/inbox.ts';
import { JournalBroken } from '../../agent/journal.ts';
import { cancelCommand, finishCommand, runEventCommand } from './commands-of.ts';
import { settle, testWorld } from './doubles.ts';
import { openParts } from './parts.ts';

describe('the inbox', () => {
  it('has a command in the journal before it may be acknowledged, and runs it only then', async () => {
    const { inbox, executors, world, reports } = await openParts();
    world.files.failAt = world.files.steps; // nothing more can be written
    await assert.rejects(inbox.receive(1, runEventCommand()), JournalBroken);
    await settle();
    assert.deepEqual(executors.begun, []);
    assert.deepEqual(reports(), []);
    assert.equal(inbox.lastDurable, 0);
  });

  it('runs a command once, however often it comes', async () => {
    const { inbox, executors, reports } = await openParts();
    await Promise.all([inbox.receive(1, runEventCommand()), inbox.receive(1, runEventCommand())]);
    await inbox.receive(1, runEventCommand());
    await inbox.receive(2, runEventCommand()); // under another number
    executors.underWay.get('att-1')!.end();
    await settle();
    await inbox.receive(3, runEventCommand());
    await settle();
    assert.deepEqual(executors.begun, ['att-1']);
    assert.deepEqual(reports(), ['Accepted att-1', 'Ended att-1 Succeeded']);
    assert.equal(inbox.lastDurable, 3);
  });

  it('acknowledges a duplicate only when the first is durable', async () => {
    const { inbox, restart } = await openParts();
    const first = inbox.receive(1, runEventCommand());
    await inbox.receive(1, runEventCommand());
    assert.equal((await restart()).journal.state.lastCommand, 1);
    await first;
  });

  it('runs it once across restarts as well', async () => {
    const before = await openParts();
    await before.inbox.receive(1, runEventCommand());
    await settle();
    before.executors.underWay.get('att-1')!.end();
    await settle();
    const after = await before.restart();
    after.inbox.resume();
    await after.inbox.receive(1, runEventCommand());
    await after.inbox.receive(2, runEventCommand());
    await settle();
    assert.deepEqual(after.executors.begun, []);
    assert.deepEqual(after.reports(), ['Accepted att-1', 'Ended att-1 Succeeded'], 'what was not acknowledged is still there');
  });

  it('refuses a generation that is not newer than one accepted for the deployment, and says so', async () => {
    const { inbox, executors, reports, outbox } = await openParts();
    await inbox.receive(1, runEventCommand({ generation: 5 }));
    await inbox.receive(2, runEventCommand({ attemptId: 'att-2', generation: 5 }));
    await inbox.receive(3, runEventCommand({ attemptId: 'att-3', generation: 4 }));
    await inbox.receive(4, runEventCommand({ attemptId: 'att-4', generation: 1, deploymentId: 'd-TWO', applicationName: 'other' }));
    await settle();
    assert.deepEqual(executors.begun, ['att-1', 'att-4']);
    assert.deepEqual(reports(), ['Accepted att-1', 'Ended att-2 Refused', 'Ended att-3 Refused', 'Accepted att-4']);
    const refusal = outbox.after(0)[1]!.report;
    assert.ok(refusal.kind === 'Ended' && refusal.diagnostics.message.includes('generation is 5'));
  });

  it('refuses a command too long for its journal', async () => {
    const { inbox, executors, reports } = await openParts();
    await inbox.receive(1, runEventCommand({ revision: { filler: 'x'.repeat(maxCommandBytes) } }));
    await settle();
    assert.deepEqual(executors.begun, []);
    assert.deepEqual(reports(), ['Ended att-1 Refused']);
  });

  it('refuses variables that decide how programs run, whoever the controller is', async () => {
    const { inbox, executors, outbox } = await openParts();
    await inbox.receive(1, runEventCommand({ environment: { STAGE: 'live', LD_PRELOAD: '/tmp/evil.so' } }));
    await settle();
    assert.deepEqual(executors.begun, []);
    const refusal = outbox.after(0)[0]!.report;
    assert.ok(refusal.kind === 'Ended' && refusal.outcome === 'Refused' && refusal.diagnostics.message.includes('LD_PRELOAD'));
  });

  it('refuses more than it is willing to hold', async () => {
    const { inbox, reports } = await openParts(testWorld(), { maxApplications: 1, maxAttempts: 2 });
    for (const n of [1, 2, 3]) await inbox.receive(n, runEventCommand({ attemptId: `att-${n}`, generation: n }));
    assert.deepEqual(reports(), ['Accepted att-1', 'Accepted att-2', 'Ended att-3 Refused']);
  });

  it('runs one event of an application at a time, in order of acceptance', async () => {
    const { inbox, executors } = await openParts();
    for (const n of [1, 2, 3]) await inbox.receive(n, runEventCommand({ attemptId: `att-${n}`, generation: n, deploymentGroupId: `group-${n}` }));
    await settle();
    assert.deepEqual([...executors.underWay.keys()], ['att-1']);
    executors.underWay.get('att-1')!.end();
    await settle();
    assert.deepEqual([...executors.underWay.keys()], ['att-2']);
    executors.underWay.get('att-2')!.end();
    await settle();
    assert.deepEqual(executors.begun, ['att-1', 'att-2', 'att-3']);
  });

  it('runs different applications side by side, up to its bound', async () => {
    const { inbox, executors } = await openParts(testWorld(), { maxApplications: 2, maxAttempts: 100 });
    for (const n of [1, 2, 3]) await inbox.receive(n, runEventCommand({ attemptId: `att-${n}`, deploymentId: `d-${n}`, applicationName: `app-${n}` }));
    await settle();
    assert.deepEqual([...executors.underWay.keys()], ['att-1', 'att-2']);
    executors.underWay.get('att-2')!.end();
    await settle();
    assert.deepEqual([...executors.underWay.keys()], ['att-1', 'att-3']);
  });

  it('ends a running attempt that is given up, and reports how it ended', async () => {
    const { inbox, reports } = await openParts();
    await inbox.receive(1, runEventCommand());
    await settle();
    await inbox.receive(2, cancelCommand('att-1'));
    await settle();
    assert.deepEqual(reports(), ['Accepted att-1', 'Ended att-1 Cancelled']);
  });

  it('never begins an attempt that is given up while it waits', async () => {
    const { inbox, executors, reports } = await openParts();
    await inbox.receive(1, runEventCommand());
    await inbox.receive(2, runEventCommand({ attemptId: 'att-2', generation: 2 }));
    await inbox.receive(3, cancelCommand('att-2'));
    await settle();
    assert.deepEqual(reports(), ['Accepted att-1', 'Accepted att-2', 'Ended att-2 Cancelled']);
    executors.underWay.get('att-1')!.end();
    await settle();
    assert.deepEqual(executors.begun, ['att-1']);
  });

  it('never begins an attempt whose cancellation came in the same turn', async () => {
    const { inbox, executors, reports } = await openParts();
    await Promise.all([inbox.receive(1, runEventCommand()), inbox.receive(2, cancelCommand('att-1'))]);
    await settle();
    assert.deepEqual(executors.begun, []);
    assert.deepEqual(reports(), ['Accepted att-1', 'Ended att-1 Cancelled']);
  });

  it('goes on after a restart with what was accepted and not ended, with the script starts it had', async () => {
    const before = await openParts();
    await before.inbox.receive(1, runEventCommand());
    await before.inbox.receive(2, runEventCommand({ attemptId: 'att-2', generation: 2 }));
    await settle();
    const start = { index: 0, bootId: 'boot-1', stateFolder: '/data/hooks/att-1/0', startedAt: 5 };
    await before.executors.underWay.get('att-1')!.context.recordScriptStart(start);
    const after = await before.restart();
    after.inbox.resume();
    await settle();
    assert.deepEqual([...after.executors.underWay.keys()], ['att-1'], 'the order is kept');
    assert.deepEqual(after.executors.underWay.get('att-1')!.context.scriptStarts, [start]);
    after.executors.underWay.get('att-1')!.end();
    await settle();
    assert.deepEqual(after.executors.begun, ['att-1', 'att-2']);
    assert.deepEqual(after.executors.endedAttempts, ['att-1'], 'what was kept to go on with may go once the end is durable');
    const ended = after.outbox.after(0).find(({ report }) => report.kind === 'Ended')!.report;
    assert.ok(ended.kind === 'Ended' && ended.startedAt === 5, 'it started when its first script did');
  });

  it('hands an attempt whose script was started, and which was given up before the restart, to be ended', async () => {
    const before = await openParts();
    await before.inbox.receive(1, runEventCommand());
    await settle();
    await before.executors.underWay.get('att-1')!.context.recordScriptStart({ index: 0, bootId: 'boot-1', stateFolder: '/s', startedAt: 5 });
    await before.journal.append({ kind: 'accepted', number: 2, command: cancelCommand('att-1'), at: 0 }); // and killed right here
    const after = await before.restart();
    after.inbox.resume();
    await settle();
    assert.deepEqual(after.executors.begun, ['att-1']);
    assert.deepEqual(after.reports(), ['Accepted att-1', 'Ended att-1 Cancelled']);
  });

  it('leaves running attempts as they are when the agent stops', async () => {
    const before = await openParts();
    await before.inbox.receive(1, runEventCommand());
    await before.inbox.receive(2, runEventCommand({ attemptId: 'att-2', generation: 2 }));
    await settle();
    await before.inbox.leave();
    assert.deepEqual(before.reports(), ['Accepted att-1', 'Accepted att-2'], 'nothing is said about what did not end');
    assert.deepEqual(before.executors.begun, ['att-1'], 'and nothing more is begun');
    const after = await before.restart();
    assert.deepEqual([...after.journal.state.attempts.keys()], ['att-1', 'att-2']);
  });

  it('counts an executor that throws as a failed event', async () => {
    const { inbox, outbox, executors } = await openParts();
    (executors as { runHooks: unknown }).runHooks = () => Promise.reject(new Error('EIO: the disk failed'));
    await inbox.receive(1, runEventCommand());
    await settle();
    const report = outbox.after(0).at(-1)!.report;
    assert.ok(report.kind === 'Ended' && report.outcome === 'Failed' && report.diagnostics.message === 'EIO: the disk failed');
  });

  it('fails an event that has nothing to do on a host', async () => {
    const { inbox, reports } = await openParts();
    await inbox.receive(1, runEventCommand({ event: 'AllowTraffic' }));
    await settle();
    assert.deepEqual(reports(), ['Accepted att-1', 'Ended att-1 Failed']);
  });

  it('notes the end of a deployment, once', async () => {
    const { inbox, journal, executors } = await openParts();
    await inbox.receive(1, finishCommand());
    await inbox.receive(1, finishCommand());
    assert.equal(journal.state.groups.get('group-1')?.lastSuccessful, 'd-ONE');
    assert.equal(executors.finished.length, 1);
  });
});
