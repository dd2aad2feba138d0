import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { interruptedGroups, recoverInstall } from '../../../agent/install/recover.ts';
import { chooseReleases, parseReleases } from '../../../agent/install/releases.ts';
import type { KeptRelease } from '../../../agent/install/releases.ts';
import { realDisk } from '../../../agent/install/disk.ts';
import type { Disk } from '../../../agent/install/disk.ts';
import { faultyDisk } from './faulty-disk.ts';
import { forget, installNext, prepare, restore, stateOf } from './interrupted.ts';
import { deploy, makeSandbox, packRevision, plant, realTools, treeOf } from './sandbox.ts';
import type { Deployed, FileShapes, Sandbox } from './sandbox.ts';

const appSpecFor = (dest: string, keep = 3, rest = ''): string =>
  `version: 0.0\nos: linux\nreleases:\n  folder: ${dest}/releases\n  current: ${dest}/current\n  keep: ${keep}\nfiles:\n  - source: app\n    destination: ${dest}/current\n  - source: etc\n    destination: ${dest}/etc\n${rest}`;

const bundle = (version: string): FileShapes => ({ 'app/version': version, 'app/bin/run.sh': { content: `#!/bin/sh\necho ${version}\n`, mode: 0o755 }, 'app/link': { link: 'version' }, 'etc/app.conf': `conf of ${version}` });

/** What DownloadBundle leaves beside the archive. */
const noteDigest = (sandbox: Sandbox, deploymentId: string, bytes: Uint8Array): void => {
  const paths = sandbox.layout.deployment('group-1', deploymentId);
  fs.mkdirSync(paths.folder, { recursive: true });
  fs.writeFileSync(paths.bundleDigest, createHash('sha256').update(bytes).digest('hex'));
};

describe('atomic releases', () => {
  let sandbox: Sandbox;
  beforeEach(() => {
    sandbox = makeSandbox({ inMemory: true });
  });
  afterEach(() => forget(sandbox));

  const install = async (deploymentId: string, version: string, options: { readonly appSpec?: string; readonly files?: FileShapes; readonly disk?: Disk; readonly root?: string } = {}): Promise<Deployed> => {
    const { appSpec = appSpecFor(sandbox.dest), files = bundle(version), ...more } = options;
    fs.rmSync(sandbox.layout.deployment('group-1', deploymentId).archive, { recursive: true, force: true });
    noteDigest(sandbox, deploymentId, packRevision({ 'appspec.yml': appSpec, ...files }));
    return deploy(sandbox, { appSpec, files, deploymentId, ...more });
  };
  const at = (...parts: string[]): string => path.join(sandbox.dest, ...parts);
  const read = (...parts: string[]): string => fs.readFileSync(at(...parts), 'utf8');
  const releases = (): readonly string[] => fs.readdirSync(at('releases')).sort();

  it('put what lies below the link in a folder of its own, and ordinary files beside it in place', async () => {
    const outcome = await install('d-1', 'one');
    assert.equal(outcome.failedEvent, null, outcome.why);
    assert.equal(fs.readlinkSync(at('current')), 'releases/d-1');
    assert.deepEqual(releases(), ['d-1']);
    assert.equal(read('current', 'version'), 'one');
    assert.equal(read('etc', 'app.conf'), 'conf of one');
    assert.equal(fs.statSync(at('current/bin/run.sh')).mode & 0o777, 0o755);
    assert.equal(fs.readlinkSync(at('current/link')), 'version');
  });

  it('leave the release before as it was, whatever the application wrote into it', async () => {
    await install('d-1', 'one');
    plant(at('current'), { 'log/run.log': 'ran' });
    const before = treeOf(at('releases/d-1'));
    assert.equal((await install('d-2', 'two')).failedEvent, null);
    assert.equal(read('current', 'version'), 'two');
    assert.deepEqual(treeOf(at('releases/d-1')), before);
    assert.ok(!fs.existsSync(at('current/log')));
  });

  it('keep the last so many, and never remove the one that was current until now', async () => {
    for (const n of [1, 2, 3, 4, 5]) assert.equal((await install(`d-${n}`, `v${n}`)).failedEvent, null);
    assert.deepEqual(releases(), ['d-3', 'd-4', 'd-5']);
    await install('d-6', 'v6', { appSpec: appSpecFor(sandbox.dest, 1) });
    assert.deepEqual(releases(), ['d-5', 'd-6']);
  });

  it('use the release of the same bundle again, by turning the link and nothing else', async () => {
    await install('d-1', 'one');
    await install('d-2', 'two');
    const inode = fs.statSync(at('releases/d-1/version')).ino;
    const counted = faultyDisk(0, 'fails');
    assert.equal((await install('d-3', 'one', { disk: counted.disk })).failedEvent, null);
    assert.equal(fs.readlinkSync(at('current')), 'releases/d-1');
    assert.equal(fs.statSync(at('current/version')).ino, inode);
    assert.deepEqual(counted.log.filter((line) => line.startsWith('copyFile')).length, 1, 'only the ordinary file');
    assert.equal(read('etc', 'app.conf'), 'conf of one');
    assert.deepEqual(releases(), ['d-1', 'd-2']);
  });

  it('count a release that is used again as the newest', async () => {
    for (const [id, version] of [['d-1', 'one'], ['d-2', 'two'], ['d-3', 'one'], ['d-4', 'four'], ['d-5', 'five']] as const) await install(id, version);
    assert.deepEqual(releases(), ['d-1', 'd-4', 'd-5']);
  });

  for (const [what, harm] of [
    ['misses a file', (release: string) => fs.unlinkSync(path.join(release, 'version'))],
    ['has a file that was changed', (release: string) => fs.writeFileSync(path.join(release, 'version'), 'eno')],
    ['has a file with another mode', (release: string) => fs.chmodSync(path.join(release, 'bin/run.sh'), 0o777)],
    ['has a link that leads elsewhere', (release: string) => (fs.unlinkSync(path.join(release, 'link')), fs.symlinkSync('bin', path.join(release, 'link')))],
  ] as const) {
    it(`make a fresh one when the kept one ${what}`, async () => {
      await install('d-1', 'one');
      await install('d-2', 'two');
      harm(at('releases/d-1'));
      assert.equal((await install('d-3', 'one')).failedEvent, null);
      assert.equal(fs.readlinkSync(at('current')), 'releases/d-3');
      assert.equal(read('current', 'version'), 'one');
    });
  }

  it('never use a release again whose bundle’s digest is not known to be the same', async () => {
    await install('d-1', 'one');
    await install('d-2', 'two');
    assert.equal((await deploy(sandbox, { appSpec: appSpecFor(sandbox.dest), files: bundle('one'), deploymentId: 'd-3' })).failedEvent, null);
    assert.equal(fs.readlinkSync(at('current')), 'releases/d-3');
  });

  it('survive the same Install done twice', async () => {
    await install('d-1', 'one');
    assert.equal((await install('d-1', 'one')).failedEvent, null);
    assert.equal(fs.readlinkSync(at('current')), 'releases/d-1');
    assert.deepEqual(releases(), ['d-1']);
  });

  it('apply permissions inside the release, by the paths that the AppSpec names', async () => {
    const appSpec = appSpecFor(sandbox.dest, 3, `permissions:\n  - object: ${sandbox.dest}/current\n    pattern: "**"\n    mode: 640\n    type: [file]\n  - object: ${sandbox.dest}/current\n    mode: 750\n    type: [directory]\n`);
    const outcome = await install('d-1', 'one', { appSpec });
    assert.equal(outcome.failedEvent, null, outcome.why);
    assert.equal(fs.statSync(at('releases/d-1/version')).mode & 0o777, 0o640);
    assert.equal(fs.statSync(at('releases/d-1/bin')).mode & 0o777, 0o750);
    assert.deepEqual(outcome.warnings, []);
    assert.equal((await install('d-2', 'one', { appSpec })).failedEvent, null);
    assert.equal(fs.readlinkSync(at('current')), 'releases/d-1', 'and are part of what makes it complete');
  });

  it('take the place of a folder that the group had installed there before', async () => {
    const plain = `version: 0.0\nos: linux\nfiles:\n  - source: app\n    destination: ${sandbox.dest}/current\n`;
    assert.equal((await install('d-1', 'one', { appSpec: plain })).failedEvent, null);
    assert.ok(fs.lstatSync(at('current')).isDirectory());
    assert.equal((await install('d-2', 'two')).failedEvent, null);
    assert.equal(fs.readlinkSync(at('current')), 'releases/d-2');
  });

  it('do not take the place of what the group did not install', async () => {
    for (const stranger of [{ 'current/precious': 'x' }, { current: 'a file' }, { current: { link: 'elsewhere' } }] as FileShapes[]) {
      plant(sandbox.dest, stranger);
      const before = treeOf(sandbox.dest);
      const outcome = await install('d-1', 'one');
      assert.deepEqual([outcome.failedEvent, outcome.install?.kind], ['Install', 'refused']);
      assert.match(outcome.why, /must become a link to the current release/);
      assert.deepEqual(treeOf(sandbox.dest), before);
      fs.rmSync(at('current'), { recursive: true });
    }
  });

  it('take a stranger’s link over where OVERWRITE says so', async () => {
    plant(sandbox.dest, { current: { link: 'elsewhere' } });
    const outcome = await install('d-1', 'one', { appSpec: appSpecFor(sandbox.dest, 3, 'file_exists_behavior: OVERWRITE\n') });
    assert.equal(outcome.failedEvent, null, outcome.why);
    assert.equal(fs.readlinkSync(at('current')), 'releases/d-1');
  });

  it('go, link and all, with the revision that has none any more', async () => {
    await install('d-1', 'one');
    await install('d-2', 'two');
    const plain = `version: 0.0\nos: linux\nfiles:\n  - source: app\n    destination: ${sandbox.dest}/app\n`;
    assert.equal((await install('d-3', 'three', { appSpec: plain })).failedEvent, null);
    assert.equal(read('app', 'version'), 'three');
    assert.equal(fs.lstatSync(at('current'), { throwIfNoEntry: false }), undefined);
    assert.deepEqual(fs.existsSync(at('releases')) ? releases() : [], []);
  });

  it('are never written into by a revision that has none any more', async () => {
    await install('d-1', 'one');
    const before = treeOf(sandbox.dest);
    const outcome = await install('d-2', 'two', { appSpec: `version: 0.0\nos: linux\nfiles:\n  - source: app\n    destination: ${sandbox.dest}/current\n` });
    assert.deepEqual([outcome.failedEvent, outcome.install?.kind], ['Install', 'refused']);
    assert.match(outcome.why, /releases are not changed/);
    assert.deepEqual(treeOf(sandbox.dest), before);
  });

  it('are refused where nothing would go into them', async () => {
    const outcome = await install('d-1', 'one', { appSpec: `version: 0.0\nos: linux\nreleases: {folder: ${sandbox.dest}/releases, current: ${sandbox.dest}/current}\nfiles:\n  - source: etc\n    destination: ${sandbox.dest}/etc\n` });
    assert.match(outcome.why, /no file's destination is .*current or lies below it/);
    assert.deepEqual(treeOf(sandbox.dest), {});
  });

  it('stay below the root folder, link included', async () => {
    const outcome = await install('d-1', 'one', { appSpec: appSpecFor('/srv'), root: sandbox.dest });
    assert.equal(outcome.failedEvent, null, outcome.why);
    assert.equal(fs.readlinkSync(at('srv/current')), 'releases/d-1');
    assert.equal(read('srv/current/version'), 'one');
  });

  it('leave a folder alone that has the name of the release', async () => {
    plant(sandbox.dest, { 'releases/d-1/stranger': 'x' });
    assert.equal((await install('d-1', 'one')).failedEvent, null);
    assert.equal(fs.readlinkSync(at('current')), 'releases/d-1.2');
    assert.equal(read('releases/d-1/stranger'), 'x');
  });

  it('take a damaged record for none', () => {
    assert.deepEqual(parseReleases('{"releases":[{"place":"/","deploymentId":"d","sha256":null},{"place":"/a/b","deploymentId":"d","sha256":"x"},3]}'), [{ place: '/a/b', deploymentId: 'd', sha256: 'x' }]);
    assert.deepEqual([parseReleases(null), parseReleases('{'), parseReleases('[]'), parseReleases('{"releases":7}')], [[], [], [], []]);
  });

  it('choose what goes without touching the current one or the one before', () => {
    const kept = (n: number): KeptRelease => ({ place: `/r/${n}`, deploymentId: `d-${n}`, sha256: null });
    const goes = (before: readonly number[], current: number, keep: number): readonly string[] => chooseReleases(before.map(kept), kept(current), keep).go.map(({ place }) => place);
    assert.deepEqual(goes([1, 2, 3], 4, 3), ['/r/1']);
    assert.deepEqual(goes([1, 2, 3], 4, 1), ['/r/1', '/r/2']);
    assert.deepEqual(goes([1, 2, 3], 1, 2), ['/r/2'], 'used again');
    assert.deepEqual(goes([1], 1, 1), []);
    assert.deepEqual(chooseReleases([kept(1)], null, 0).go, [kept(1)]);
  });

  // ---- interrupted at every point

  interface Story {
    readonly name: string;
    /** Deployed before, oldest first; the last one is current. */
    readonly before: readonly { readonly id: string; readonly version: string; readonly isPlain?: true }[];
    readonly next: { readonly version: string; readonly keep?: number; readonly isPlain?: true };
    /** Does the link exist throughout? */
    readonly hasLink: boolean;
  }
  const stories: readonly Story[] = [
    { name: 'the first release', before: [], next: { version: 'new' }, hasLink: false },
    { name: 'a second release', before: [{ id: 'd-1', version: 'old' }], next: { version: 'new' }, hasLink: true },
    { name: 'a release for which another goes', before: [{ id: 'd-1', version: 'older' }, { id: 'd-2', version: 'old' }], next: { version: 'new', keep: 2 }, hasLink: true },
    { name: 'a release that is used again', before: [{ id: 'd-1', version: 'new' }, { id: 'd-2', version: 'old' }], next: { version: 'new' }, hasLink: true },
    { name: 'releases in place of a folder', before: [{ id: 'd-1', version: 'old', isPlain: true }], next: { version: 'new' }, hasLink: false },
    { name: 'releases given up', before: [{ id: 'd-1', version: 'old' }], next: { version: 'new', isPlain: true }, hasLink: false },
  ];

  const tell = async (story: Story, act: (known: { old: string; next: string; points: number; appSpec: string }) => Promise<void>): Promise<void> => {
    const plain = (name: string): string => `version: 0.0\nos: linux\nfiles:\n  - source: app\n    destination: ${sandbox.dest}/${name}\n`;
    for (const { id, version, isPlain } of story.before) assert.equal((await install(id, version, isPlain === true ? { appSpec: plain('current') } : {})).failedEvent, null);
    // As `install` packs it: the AppSpec of the release that is used again must be the same.
    const appSpec = story.next.isPlain === true ? plain('app') : appSpecFor(sandbox.dest, story.next.keep);
    const files = bundle(story.next.version);
    noteDigest(sandbox, 'd-new', packRevision({ 'appspec.yml': appSpec, ...files }));
    await prepare(sandbox, { name: story.name, old: null, next: { appSpec, files } });
    const old = stateOf(sandbox);
    const counted = faultyDisk(0, 'fails');
    assert.equal((await installNext(sandbox.folder, appSpec, counted.disk)).kind, 'installed');
    const next = stateOf(sandbox);
    assert.ok(next !== old && !next.includes('.fairlead-'));
    await act({ old, next, points: counted.count(), appSpec });
  };

  /** The link leads to a whole release, the old or the new, also before anything is recovered. */
  const assertLinkWhole = (where: string): void => {
    const version = read('current', 'version');
    assert.ok(version === 'old' || version === 'new', where);
    assert.equal(read('current', 'bin', 'run.sh'), `#!/bin/sh\necho ${version}\n`, where);
  };

  for (const story of stories) {
    it(`are the old ones or the new ones whatever the point of the crash: ${story.name}`, async () => {
      await tell(story, async ({ old, next, points, appSpec }) => {
        const ends: string[] = [];
        for (const fault of ['dies', 'fails'] as const) {
          for (let point = 1; point <= points; point += 1) {
            restore(sandbox);
            const faulty = faultyDisk(point, fault, point % 3 === 0);
            const outcome = await installNext(sandbox.folder, appSpec, faulty.disk);
            const where = `${fault} at ${point}: ${faulty.log[point - 1]}`;
            if (story.hasLink) assertLinkWhole(where);
            await recoverInstall({ layout: sandbox.layout, groupId: 'group-1', processes: realTools });
            assert.deepEqual(interruptedGroups(sandbox.layout), [], where);
            const state = stateOf(sandbox);
            assert.ok(state === old || state === next, `${where}: a third state\n${state}\nold\n${old}\nnew\n${next}`);
            if (outcome.kind === 'installed') assert.equal(state, next, where);
            if (fault === 'dies') ends.push(state === old ? 'old' : 'new');
          }
        }
        assert.ok(ends.includes('old') && ends.includes('new') && ends.lastIndexOf('old') < ends.indexOf('new'));
      });
    });
  }

  it('keep the link in one piece also where the disk gives no second names', async () => {
    await tell(stories[1]!, async ({ old, next, points, appSpec }) => {
      for (let point = 1; point <= points; point += 1) {
        restore(sandbox);
        const { disk } = faultyDisk(point, 'dies');
        await installNext(sandbox.folder, appSpec, { ...disk, addName: () => { throw Object.assign(new Error('EPERM'), { code: 'EPERM' }); } });
        assertLinkWhole(`dies at ${point}`);
        await recoverInstall({ layout: sandbox.layout, groupId: 'group-1', processes: realTools, disk: { ...realDisk, addName: () => { throw new Error('EPERM'); } } });
        const state = stateOf(sandbox);
        assert.ok(state === old || state === next, `dies at ${point}: a third state`);
      }
    });
  });
});
