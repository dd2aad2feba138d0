import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Report } from '../../../protocol/session/frames.ts';
import type { JournalEntry, JournalState } from '../../../agent/journal-state.ts';
import { emptyState, fold, rememberedAttempts, rememberedDeployments, restate } from '../../../agent/journal-state.ts';
import { cancelCommand, finishCommand, runEventCommand } from '../commands-of.ts';

const all = (entries: readonly JournalEntry[], from: JournalState = emptyState): JournalState => entries.reduce(fold, from);

const accepted = (number: number, changes: Parameters<typeof runEventCommand>[0] = {}): JournalEntry => ({ kind: 'accepted', number, command: runEventCommand(changes), at: number });

function ended(number: number, attemptId: string, outcome: 'Succeeded' | 'Failed' = 'Succeeded'): JournalEntry {
  const report: Report = { kind: 'Ended', attemptId, outcome, diagnostics: { errorCode: 'Success', scriptName: '', message: '', logTail: '' }, warnings: [], startedAt: 0, at: 0 };
  return { kind: 'reported', number, report };
}

describe('what the journal says', () => {
  it('an attempt is open from its acceptance to the report of its end', () => {
    const open = all([accepted(1)]);
    assert.deepEqual([...open.attempts.keys()], ['att-1']);
    const closed = all([ended(1, 'att-1')], open);
    assert.equal(closed.attempts.size, 0);
    assert.deepEqual(closed.ended, ['att-1']);
    assert.equal(closed.unacknowledged.length, 1);
  });

  it('a script start belongs to its attempt, and outlives a restatement', () => {
    const start = { index: 0, bootId: 'b', stateFolder: '/s/0', startedAt: 7 };
    const state = all([accepted(1), { kind: 'scriptStarting', attemptId: 'att-1', ...start }]);
    assert.deepEqual(all(restate(state)).attempts.get('att-1')?.scriptStarts, [start]);
  });

  it('the most recent revision moves with a successful DownloadBundle, and with no other end', () => {
    const download = (number: number, deploymentId: string) => accepted(number, { attemptId: `att-${number}`, deploymentId, event: 'DownloadBundle' });
    const state = all([download(1, 'd-A'), ended(1, 'att-1'), download(2, 'd-B'), ended(2, 'att-2', 'Failed'), accepted(3, { attemptId: 'att-3', deploymentId: 'd-C' }), ended(3, 'att-3')]);
    assert.deepEqual(state.groups.get('group-1'), { lastSuccessful: null, mostRecent: 'd-A' });
  });

  it('the last successful revision moves when the deployment has succeeded on this host, not before', () => {
    const installed = all([accepted(1, { event: 'Install' }), ended(1, 'att-1')]);
    assert.equal(installed.groups.get('group-1')?.lastSuccessful ?? null, null);
    const failed = all([{ kind: 'accepted', number: 2, command: finishCommand('Failed'), at: 2 }], installed);
    assert.equal(failed.groups.get('group-1')?.lastSuccessful ?? null, null);
    const succeeded = all([{ kind: 'accepted', number: 3, command: finishCommand(), at: 3 }], failed);
    assert.equal(succeeded.groups.get('group-1')?.lastSuccessful, 'd-ONE');
  });

  it('a cancellation marks the open attempt, and is nothing where there is none', () => {
    const state = all([accepted(1), { kind: 'accepted', number: 2, command: cancelCommand('att-1'), at: 2 }, { kind: 'accepted', number: 3, command: cancelCommand('att-9'), at: 3 }]);
    assert.equal(state.attempts.get('att-1')?.cancelled, 'the deployment was stopped');
    assert.equal(state.lastCommand, 3);
  });

  it('what is remembered of the past is bounded', () => {
    const many = Array.from({ length: 600 }, (_, n) => [accepted(n + 1, { attemptId: `att-${n}`, deploymentId: `d-${n}` }), ended(n + 1, `att-${n}`), { kind: 'acknowledged', upTo: n + 1 } as const]).flat();
    const state = all(many);
    assert.equal(state.ended.length, rememberedAttempts);
    assert.equal(state.generations.size, rememberedDeployments);
    assert.ok(state.generations.has('d-599'));
    assert.ok(!state.generations.has('d-0'));
  });

  it('a restatement folds to the same state, whatever came before', () => {
    const id = fc.integer({ min: 1, max: 6 }).map((n) => `att-${n}`);
    const deployment = fc.integer({ min: 1, max: 4 }).map((n) => `d-${n}`);
    const number = fc.integer({ min: 1, max: 1_000 });
    const entry: fc.Arbitrary<JournalEntry> = fc.oneof(
      fc.record({ number, attemptId: id, deploymentId: deployment, generation: fc.nat(9), event: fc.constantFrom('DownloadBundle', 'Install', 'ApplicationStart') }).map(({ number, ...changes }) => accepted(number, changes)),
      fc.tuple(number, id).map(([number, attemptId]): JournalEntry => ({ kind: 'accepted', number, command: cancelCommand(attemptId), at: 0 })),
      fc.tuple(number, deployment).map(([number, deploymentId]): JournalEntry => ({ kind: 'accepted', number, command: finishCommand('Succeeded', deploymentId), at: 0 })),
      number.map((number): JournalEntry => ({ kind: 'passedOver', number })),
      fc.tuple(id, fc.nat(3)).map(([attemptId, index]): JournalEntry => ({ kind: 'scriptStarting', attemptId, index, bootId: 'b', stateFolder: `/s/${index}`, startedAt: index })),
      fc.tuple(number, id).map(([number, attemptId]) => ended(number, attemptId)),
      number.map((upTo): JournalEntry => ({ kind: 'acknowledged', upTo })),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
        const state = all(entries);
        const again = all(restate(state));
        assert.deepEqual(again, state);
        // Order counts: it says who goes on first, and what is forgotten first.
        assert.deepEqual([...again.attempts.keys()], [...state.attempts.keys()]);
        assert.deepEqual([...again.generations.keys()], [...state.generations.keys()]);
      }),
      { numRuns: 500 },
    );
  });
});
