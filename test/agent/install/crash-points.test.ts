import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'mocha';
import { realDisk } from '../../../agent/install/disk.ts';
import { interruptedGroups, recoverInstall } from '../../../agent/install/recover.ts';
import { faultyDisk } from './faulty-disk.ts';
import type { Fault } from './faulty-disk.ts';
import { forget, installNext, prepare, restore, stateOf } from './interrupted.ts';
import { makeSandbox, realTools } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import { manyFiles, shapesFor } from './shapes.ts';
import type { Shape } from './shapes.ts';

interface Known { readonly sandbox: Sandbox; readonly old: string; readonly next: string; readonly points: number }

const withShape = async (pick: (dest: string) => Shape, act: (known: Known, shape: Shape) => Promise<void>): Promise<void> => {
  const sandbox = makeSandbox({ inMemory: true });
  try {
    const shape = pick(sandbox.dest);
    await prepare(sandbox, shape);
    const old = stateOf(sandbox);
    const counted = faultyDisk(0, 'fails');
    const outcome = await installNext(sandbox.folder, shape.next.appSpec, counted.disk);
    assert.equal(outcome.kind, 'installed', JSON.stringify(outcome));
    const next = stateOf(sandbox);
    assert.notEqual(next, old);
    assert.ok(!next.includes('.fairlead-'), 'temporary names remain');
    await act({ sandbox, old, next, points: counted.count() }, shape);
  } finally {
    forget(sandbox);
  }
};

// Interrupts at one point, recovers as the next start would, and tells which revision stands.
const interrupt = async ({ sandbox, old, next }: Known, shape: Shape, at: number, fault: Fault, torn: boolean): Promise<'old' | 'new'> => {
  restore(sandbox);
  const faulty = faultyDisk(at, fault, torn);
  const outcome = await installNext(sandbox.folder, shape.next.appSpec, faulty.disk);
  const where = `${shape.name}, ${fault} at ${at}: ${faulty.log[at - 1]}`;
  if (fault === 'fails' && outcome.kind === 'failed' && outcome.isRestored) assert.equal(stateOf(sandbox), old, `${where}: not restored`);
  await recover(sandbox, where);
  const state = stateOf(sandbox);
  assert.ok(state === old || state === next, `${where}: a third state\n${state}\nold\n${old}\nnew\n${next}`);
  if (outcome.kind === 'installed') assert.equal(state, next, where);
  else if (fault === 'fails') assert.ok(outcome.kind === 'failed' && (outcome.isRestored ? state === old : state === next), where);
  return state === old ? 'old' : 'new';
};

const recover = async (sandbox: Sandbox, where: string): Promise<void> => {
  await recoverInstall({ layout: sandbox.layout, groupId: 'group-1', processes: realTools });
  assert.deepEqual(interruptedGroups(sandbox.layout), [], where);
};

const shapeNames = shapesFor('/').map(({ name }) => name);

describe('an interrupted Install', () => {
  for (const [index, name] of shapeNames.entries()) {
    it(`leaves the old or the new revision, whatever the point of the crash: ${name}`, async () => {
      await withShape((dest) => shapesFor(dest)[index]!, async (known, shape) => {
        const ends = [];
        for (let at = 1; at <= known.points; at += 1) {
          ends.push(await interrupt(known, shape, at, 'dies', false));
          if (at % 3 === 0) ends.push(await interrupt(known, shape, at, 'dies', true));
        }
        assert.ok(ends.includes('old') && ends.includes('new'));
        // Once the new revision stands, no later crash brings the old one back.
        assert.ok(ends.lastIndexOf('old') < ends.indexOf('new'));
      });
    });

    it(`restores the old revision when any one change fails: ${name}`, async () => {
      await withShape((dest) => shapesFor(dest)[index]!, async (known, shape) => {
        for (let at = 1; at <= known.points; at += 1) await interrupt(known, shape, at, 'fails', at % 2 === 0);
      });
    });
  }

  it('leaves the old or the new revision also with two hundred files, at sampled points', async () => {
    await withShape(manyFiles, async (known, shape) => {
      for (let at = 1; at <= known.points; at += Math.ceil(known.points / 40)) await interrupt(known, shape, at, at % 2 === 0 ? 'dies' : 'fails', false);
    });
  });

  it('is recovered also when the recovery itself is interrupted at any point', async () => {
    await withShape((dest) => shapesFor(dest)[4]!, async (known, shape) => {
      for (let at = 4; at <= known.points; at += 5) {
        for (let again = 1; ; again += 1) {
          restore(known.sandbox);
          await installNext(known.sandbox.folder, shape.next.appSpec, faultyDisk(at, 'dies').disk);
          const second = faultyDisk(again, 'dies');
          const died = await recoverInstall({ layout: known.sandbox.layout, groupId: 'group-1', processes: realTools, disk: second.disk }).then(() => false, () => true);
          await recover(known.sandbox, `${at}/${again}`);
          const state = stateOf(known.sandbox);
          assert.ok(state === known.old || state === known.next, `crash at ${at}, again at ${again} (${second.log.at(-1)}): a third state`);
          if (!died) break;
        }
      }
    });
  });

  it('leaves the old or the new revision when it crashes while undoing a failure', async () => {
    await withShape((dest) => shapesFor(dest)[4]!, async (known, shape) => {
      for (let at = 30; at <= known.points; at += 3) {
        for (let diesAt = at + 1; ; diesAt += 2) {
          restore(known.sandbox);
          const faulty = faultyDisk(at, 'fails', false, diesAt);
          await installNext(known.sandbox.folder, shape.next.appSpec, faulty.disk);
          await recover(known.sandbox, `failure at ${at}, crash at ${diesAt}`);
          const state = stateOf(known.sandbox);
          assert.ok(state === known.old || state === known.next, `failure at ${at}, crash at ${diesAt} (${faulty.log.at(-1)}): a third state`);
          if (faulty.count() < diesAt) break;
        }
      }
    });
  });

  it('survives a real kill -9 at points over its whole length', async () => {
    await withShape((dest) => shapesFor(dest)[1]!, async (known) => {
      const appSpecFile = path.join(known.sandbox.layout.deployment('group-1', 'd-new').archive, 'appspec.yml');
      const child = new URL('crash-child.ts', import.meta.url).pathname;
      for (let at = 2; at <= known.points; at += Math.ceil(known.points / 10)) {
        restore(known.sandbox);
        const { signal, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', child, known.sandbox.folder, appSpecFile, String(at), at % 2 === 0 ? 'torn' : ''], { encoding: 'utf8', timeout: 10_000 });
        assert.equal(signal, 'SIGKILL', stderr);
        await recover(known.sandbox, `kill at ${at}`);
        const state = stateOf(known.sandbox);
        assert.ok(state === known.old || state === known.next, `kill at ${at}: a third state`);
      }
    });
  });

  it('says so, and changes nothing, when its transaction file is damaged', async () => {
    await withShape((dest) => shapesFor(dest)[0]!, async ({ sandbox, old }) => {
      restore(sandbox);
      const file = sandbox.layout.group('group-1').transaction.commit;
      realDisk.write(file, '{"version":1,');
      await assert.rejects(recoverInstall({ layout: sandbox.layout, groupId: 'group-1', processes: realTools }), /damaged/);
      fs.unlinkSync(file);
      assert.equal(stateOf(sandbox).length, old.length);
    });
  });
});
