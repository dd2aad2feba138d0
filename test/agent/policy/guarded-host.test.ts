// The policy's rules, as a controller meets them in a session with a real agent.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { GuardedHost, ownerKey, signed } from './guarded-host.ts';

describe('a host with a policy', () => {
  let host: GuardedHost;
  afterEach(() => host[Symbol.asyncDispose]());

  const start = async (policy: string): Promise<void> => void (host = await GuardedHost.start(`policy:\n${policy}`));
  const offer = (name: string, more?: Parameters<GuardedHost['bundle']>[1]) => host.controller.offer(host.bundle(name, more), 'tgz');
  const unpacked = (deploymentId: string): boolean => existsSync(join(host.data, 'deployment-root/group-1', deploymentId, 'deployment-archive'));

  it('refuses a source it does not allow, and one that is not said, before it fetches', async () => {
    await start('  allowed_sources: [upload]\n');
    assert.match((await host.deploy(offer('v1'), { sourceKind: 'url' }))!, /^DownloadBundle Failed: This host's policy forbids it \(allowed_sources in \/etc\/fairlead\/agent\.yml\): the bundle comes from the source "url"; allowed are upload\.$/);
    assert.ok(!existsSync(join(host.data, 'deployment-root')));
    assert.equal(await host.deploy(offer('v1'), { deploymentId: 'd-TWO' }), null);
  });

  it('refuses a bundle larger than it allows before it fetches', async () => {
    await start('  max_bundle_bytes: 100\n');
    assert.match((await host.deploy(offer('v1')))!, /DownloadBundle Failed: .*max_bundle_bytes .* bytes, more than 100/);
  });

  it('refuses files for other folders than it allows when the bundle comes, and keeps nothing of it', async () => {
    await start('  allowed_destinations: [/opt]\n');
    assert.match((await host.deploy(offer('v1')))!, /DownloadBundle Failed: .*allowed_destinations .*files\[0\]\.destination is "\/srv\/app"; allowed are \/opt/);
    assert.ok(!unpacked('d-ONE'));
    assert.deepEqual(host.canary, []);
  });

  it('refuses an Install that a link on the host would lead elsewhere, and installs nothing', async () => {
    await start('  allowed_destinations: [/srv]\n');
    mkdirSync(join(host.root, 'secret'));
    mkdirSync(join(host.root, 'srv'));
    symlinkSync('../secret', join(host.root, 'srv/app'));
    const message = await host.deploy(offer('v1'));
    assert.match(message!, /^Install Failed: .*allowed_destinations .*would reach ".*\/secret\/app\.txt", to which a link leads/);
    assert.ok(!existsSync(join(host.root, 'secret/app.txt')));
  });

  it('installs into what it allows, also where the root itself is reached through a link', async () => {
    await start('  allowed_destinations: [/srv]\n');
    mkdirSync(join(host.root, 'data'));
    symlinkSync('data', join(host.root, 'srv'));
    assert.equal(await host.deploy(offer('v1')), null);
    assert.ok(existsSync(join(host.root, 'data/app/app.txt')));
  });

  it('refuses under strict what would be a warning, and without it lets it pass', async () => {
    const appSpec = 'version: 0.0\nos: linux\nsurprise: 1\n';
    await start('  strict: true\n');
    assert.match((await host.deploy(offer('v1', { appSpec })))!, /DownloadBundle Failed: .*\(strict in .*appspec\.yml line 3, surprise: /);
    await host.restart('');
    assert.equal(await host.deploy(offer('v1', { appSpec }), { deploymentId: 'd-TWO' }), null);
  });

  it('refuses runas users it does not allow before any script of the bundle has run', async () => {
    await start('  allowed_users: [deploy]\n');
    const appSpec = 'version: 0.0\nos: linux\nhooks:\n  BeforeInstall:\n    - location: hook.sh\n  AfterInstall:\n    - location: hook.sh\n      runas: root\n';
    assert.match((await host.deploy(offer('v1', { appSpec })))!, /DownloadBundle Failed: .*allowed_users .*"hook\.sh" of AfterInstall is to run as "root"; allowed are deploy/);
    assert.deepEqual(host.canary, []);
  });

  it('skips the ApplicationStop of a revision from before it asked for signatures, so that a signed one can come', async () => {
    const owner = ownerKey();
    await start('  strict: false\n');
    assert.equal(await host.deploy(offer('v1'), { deploymentId: 'd-1' }), null);
    await host.restart(`policy:\n  required_signature_keys: ['${owner.publicText}']\n`);
    assert.equal(await host.deploy(signed(offer('v2'), owner), { deploymentId: 'd-2' }), null);
    assert.deepEqual(host.canary, ['v1 BeforeInstall shop', 'v1 AfterInstall shop', 'v2 BeforeInstall shop', 'v2 AfterInstall shop']);
  });

  it('still runs what came with a signature before one was asked for', async () => {
    const owner = ownerKey();
    await start('  strict: false\n');
    assert.equal(await host.deploy(signed(offer('v1'), owner), { deploymentId: 'd-1' }), null);
    await host.restart(`policy:\n  required_signature_keys: ['${owner.publicText}']\n`);
    assert.equal(await host.deploy(signed(offer('v2'), owner), { deploymentId: 'd-2' }), null);
    assert.ok(host.canary.includes('v1 ApplicationStop shop'));
  });

  it('holds new deployments while the lock file is there, tells for how long, and lets those under way go on, also after a restart', async () => {
    await start('  lock_file: /tmp/none\n');
    const lock = join(host.folder, 'lock');
    await host.restart(`policy:\n  lock_file: ${lock}\n`);
    assert.equal((await host.run('ApplicationStop', { deploymentId: 'd-1' })).outcome, 'Succeeded');
    writeFileSync(lock, '');
    await host.restart();
    assert.equal((await host.run('DownloadBundle', { deploymentId: 'd-1', bundle: offer('v1') })).outcome, 'Succeeded', 'under way');
    const held = host.send('ApplicationStop', { deploymentId: 'd-2' });
    await host.controller.until((one) => one.reports.find(({ kind, attemptId }) => kind === 'Accepted' && attemptId === held), 'the acceptance');
    assert.equal((await host.run('BeforeInstall', { deploymentId: 'd-1', applicationName: 'other' })).outcome, 'Succeeded', 'of another application');
    assert.ok(!host.controller.reports.some(({ kind, attemptId }) => kind === 'Ended' && attemptId === held));
    rmSync(lock);
    const { outcome, warnings } = await host.controller.ended(held);
    assert.equal(outcome, 'Succeeded');
    assert.match(warnings.join(), /^ApplicationStop waited \d+ s for .*lock to go \(lock_file in \/etc\/fairlead\/agent\.yml\)\.$/);
  });

  it('gives up a held deployment before the server’s deadline, with the reason', async () => {
    await start('  lock_file: /\n');
    const { outcome, diagnostics } = await host.run('DownloadBundle', { timeoutMs: 400, bundle: offer('v1') });
    assert.equal(outcome, 'Failed');
    assert.match(diagnostics.message, /lock_file .*: \/ has been there for 0 s, and while it is no new deployment begins on this host\. Nothing was changed/);
    assert.ok(!unpacked('d-ONE'));
  });

  it('lets go of a held deployment when the server gives it up', async () => {
    await start('  lock_file: /\n');
    const held = host.send('DownloadBundle', { bundle: offer('v1') });
    await host.controller.until((one) => one.reports[0], 'the acceptance');
    host.controller.send({ kind: 'Cancel', attemptId: held, deploymentId: 'd-ONE', reason: 'stopped' });
    assert.equal((await host.controller.ended(held)).outcome, 'Cancelled');
  });
});
