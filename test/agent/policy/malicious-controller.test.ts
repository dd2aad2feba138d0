// An attacker owns the controller and speaks to a host whose owner requires signatures. Each attack is played over the real
// session against the real agent; none may have any code run that the owner has not signed for what it runs as.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { BundleSource } from '../../../protocol/session/frames.ts';
import { GuardedHost, ownerKey, signatureOf, signed } from './guarded-host.ts';

const owner = ownerKey();
const attacker = ownerKey();
const policy = `policy:\n  required_signature_keys: ['${owner.publicText}']\n`;

describe('a controller in the hands of an attacker', () => {
  let host: GuardedHost;
  let good: BundleSource;
  let evil: BundleSource;
  let count = 0;

  // The host runs revision 10 of shop as its owner wants. All that comes after is hostile.
  before(async () => {
    host = await GuardedHost.start(policy);
    good = signed(host.controller.offer(host.bundle('good'), 'tgz'), owner);
    evil = host.controller.offer(host.bundle('evil'), 'tgz');
    assert.equal(await host.deploy(signed(host.controller.offer(host.bundle('older'), 'tgz'), owner, { counter: 5 }), { deploymentId: 'd-OLDER' }), null);
    assert.equal(await host.deploy(good, { deploymentId: 'd-GOOD' }), null);
  });
  after(() => host[Symbol.asyncDispose]());

  /** A fresh deployment id. */
  const fresh = (): string => `d-${(count += 1)}`;
  const shopRan = (): number => host.canary.length;
  const noEvil = (): void => assert.deepEqual(host.canary.filter((line) => !/^(good|older) \w+ shop$/.test(line)), []);

  it('may deploy what the owner has signed', () => {
    const run = (name: string, ...events: readonly string[]) => events.map((event) => `${name} ${event} shop`);
    assert.deepEqual(host.canary, [...run('older', 'BeforeInstall', 'AfterInstall'), 'older ApplicationStop shop', ...run('good', 'BeforeInstall', 'AfterInstall')]);
  });

  // Every one of these must be refused at DownloadBundle, and no event after it may run anything of it.
  const badBundles: readonly (readonly [string, () => BundleSource, RegExp])[] = [
    ['a bundle without a signature', () => evil, /the bundle is not signed/],
    ['a bundle signed by a key of its own', () => signed(evil, attacker), /not by one of the keys/],
    ['the good signature on another bundle', () => ({ ...evil, signature: good.signature! }), /signature is for the bundle with SHA-256/],
    ['the good signature with the digest in it exchanged', () => ({ ...evil, signature: { ...good.signature!, statement: { ...good.signature!.statement, sha256: evil.sha256 } } }), /what it states was changed/],
    ['the good digest and signature, but other bytes behind the address', () => ({ ...unseen(), url: evil.url, size: evil.size }), /does not have the SHA-256/],
    ['the good bundle with a byte changed on the way', () => ({ ...unseen(), url: tampered() }), /does not have the SHA-256/],
    ['the good bundle with more bytes after its end', () => ({ ...unseen(), url: longer() }), /bytes instead of/],
    ['the good bundle cut short', () => ({ ...unseen(), url: shorter() }), /bytes instead of/],
    ['a signature for another application', () => signed(evil, owner, { application: 'till' }), /for the application "till", not for "shop"/],
    ['a signature whose application was changed', () => changed({ application: 'shop' }, { application: 'till' }), /what it states was changed/],
    ['an expired signature', () => signed(evil, owner, { expiresAt: 2_000 }), /expired at 1970-01-01T00:00:02\.000Z/],
    ['an expired signature with the expiry pushed out', () => changed({ expiresAt: 9e14 }, { expiresAt: 2_000 }), /what it states was changed/],
    ['an expired signature with the expiry left out', () => without('expiresAt', { expiresAt: 2_000 }), /what it states was changed/],
    ['an older revision that the host never ran', () => signed(evil, owner, { counter: 9 }), /counter is 9, but 10 was accepted .* never accepted on this host/],
    ['an older revision with its counter raised', () => changed({ counter: 11 }, { counter: 9 }), /what it states was changed/],
    ['an older revision with its counter left out', () => without('counter', { counter: 9 }), /what it states was changed/],
    ['a revision signed without a counter after one that had one', () => signedWithoutCounter(), /counter is 0, but 10 was accepted/],
    ['a signature made with the right key for another purpose', () => ({ ...evil, signature: signatureOf(statementOf(evil), owner, JSON.stringify(statementOf(evil))) }), /what it states was changed/],
    ['a signature over another order of the members', () => ({ ...evil, signature: signatureOf(statementOf(evil), owner, `fairlead-bundle-v1\n${JSON.stringify(statementOf(evil))}`) }), /what it states was changed/],
    ['a signature of noughts', () => ({ ...evil, signature: { statement: statementOf(evil), signature: `${'A'.repeat(86)}==` } }), /not by one of the keys/],
    ['an unsigned bundle said to be a rollback', () => evil, /the bundle is not signed/],
  ];
  for (const [attack, source, sentence] of badBundles) {
    it(`cannot deploy ${attack}`, async () => {
      const changes = { deploymentId: fresh(), ...(attack.includes('rollback') ? { deploymentCreator: 'codeDeployRollback' } : {}) };
      const { outcome, diagnostics } = await host.run('DownloadBundle', { ...changes, bundle: source() });
      assert.equal(outcome, 'Failed');
      assert.match(diagnostics.message, sentence);
      assert.equal(existsSync(join(host.data, 'deployment-root/group-1', changes.deploymentId, 'deployment-archive')), false);
      const ran = shopRan();
      for (const event of ['BeforeInstall', 'Install', 'AfterInstall']) assert.equal((await host.run(event, changes)).outcome, 'Failed', event);
      assert.equal(shopRan(), ran);
      noEvil();
    });
  }

  it('cannot have a bundle unpacked over the good one under its deployment’s id', async () => {
    const { outcome } = await host.run('DownloadBundle', { deploymentId: 'd-GOOD', bundle: evil });
    assert.equal(outcome, 'Failed');
    assert.equal((await host.run('AfterInstall', { deploymentId: 'd-GOOD' })).outcome, 'Succeeded');
    noEvil();
  });

  it('cannot run the good bundle’s scripts as another application', async () => {
    for (const event of ['BeforeInstall', 'Install', 'AfterInstall']) {
      const { outcome, diagnostics } = await host.run(event, { deploymentId: 'd-GOOD', applicationName: 'till' });
      assert.equal(outcome, 'Failed');
      assert.match(diagnostics.message, /for the application "shop", not for "till"/);
    }
    noEvil();
  });

  it('cannot put one application’s signed bundle into the deployment of another', async () => {
    const till = signed(host.controller.offer(host.bundle('till'), 'tgz'), owner, { application: 'till' });
    const { outcome, diagnostics } = await host.run('DownloadBundle', { deploymentId: 'd-GOOD', applicationName: 'till', bundle: till });
    assert.equal(outcome, 'Failed');
    assert.match(diagnostics.message, /d-GOOD is a deployment of "shop" on this host, not of "till"/);
  });

  it('cannot have two applications write to one deployment’s file at the same moment', async () => {
    const deploymentId = fresh();
    const till = signed(evil, owner, { application: 'till', counter: 99 });
    const attempts = [host.send('DownloadBundle', { deploymentId, bundle: good }), host.send('DownloadBundle', { deploymentId, applicationName: 'till', bundle: { ...till, sha256: till.sha256 } })];
    const endings = await Promise.all(attempts.map((attempt) => host.controller.ended(attempt)));
    // Whichever is first has it, and the other gets nothing of it.
    const outcomes = endings.map(({ outcome }) => outcome);
    assert.deepEqual(outcomes.toSorted(), ['Failed', 'Succeeded']);
    assert.equal((await host.run('BeforeInstall', { deploymentId })).outcome, outcomes[0]);
    noEvil();
  });

  it('cannot choose another AppSpec of a signed bundle', async () => {
    const deploymentId = fresh();
    const appSpec = 'version: 0.0\nos: linux\nhooks:\n  BeforeInstall:\n    - location: test/evil.sh\n';
    const bundle = signed(host.controller.offer(host.bundle('good', { files: { 'test/evil.yml': appSpec, 'test/evil.sh': '#!/bin/sh\necho evil >> "$FAIRLEAD_ROOT/canary"\n' } }), 'tgz'), owner, { counter: 10 });
    assert.match((await host.run('DownloadBundle', { deploymentId, bundle, appSpecFilename: 'test/evil.yml' })).diagnostics.message, /"test\/evil\.yml" as the AppSpec, which no signature covers/);
    assert.equal((await host.run('DownloadBundle', { deploymentId, bundle })).outcome, 'Succeeded');
    for (const event of ['BeforeInstall', 'Install']) {
      assert.match((await host.run(event, { deploymentId, appSpecFilename: 'test/evil.yml' })).diagnostics.message, /which no signature covers/);
    }
    noEvil();
  });

  it('cannot run what lies on the host without a signature', async () => {
    const archive = join(host.data, 'deployment-root/group-1/d-PLANTED/deployment-archive');
    mkdirSync(archive, { recursive: true });
    writeFileSync(join(archive, 'appspec.yml'), 'version: 0.0\nos: linux\nhooks:\n  ApplicationStop:\n    - location: hook.sh\n  BeforeInstall:\n    - location: hook.sh\n');
    writeFileSync(join(archive, 'hook.sh'), '#!/bin/sh\necho planted >> "$FAIRLEAD_ROOT/canary"\n', { mode: 0o755 });
    assert.match((await host.run('BeforeInstall', { deploymentId: 'd-PLANTED' })).diagnostics.message, /the bundle is not signed/);
    host.controller.send({ kind: 'Finish', deploymentId: 'd-PLANTED', deploymentGroupId: 'group-1', status: 'Succeeded' });
    const { outcome, warnings } = await host.run('ApplicationStop', { deploymentId: fresh() });
    assert.equal(outcome, 'Succeeded');
    assert.match(warnings.join(), /ApplicationStop of the last successful revision, of d-PLANTED was skipped\. .*not signed/);
    noEvil();
  });

  it('cannot climb out of the data folder by ids', async () => {
    for (const changes of [{ deploymentGroupId: '..' }, { deploymentId: '../../x' }, { deploymentGroupId: 'a/b' }]) {
      const sessions = host.controller.sessions;
      host.send('DownloadBundle', { deploymentId: fresh(), bundle: good, ...changes });
      // A frame that is none: the agent hangs up and comes back; the command has to be taken out of the way.
      await host.controller.until((one) => (one.sessions > sessions ? true : undefined), 'a new session');
      host.controller.withdrawLast();
    }
    assert.equal(existsSync(join(host.folder, 'x')), false);
    noEvil();
  });

  it('cannot start an attempt again', async () => {
    const ran = shopRan();
    const attemptId = host.send('AfterInstall', { deploymentId: 'd-GOOD' });
    assert.equal((await host.controller.ended(attemptId)).outcome, 'Succeeded');
    host.send('AfterInstall', { deploymentId: 'd-GOOD', attemptId });
    const late = await host.run('DownloadBundle', { deploymentId: fresh(), bundle: evil });
    assert.equal(late.outcome, 'Failed');
    assert.equal(shopRan(), ran + 1);
  });

  it('cannot go back in the order of commands', async () => {
    const ran = shopRan();
    const { outcome, diagnostics } = await host.run('AfterInstall', { deploymentId: 'd-GOOD', generation: 1 });
    assert.equal(outcome, 'Refused');
    assert.match(diagnostics.message, /out of date/);
    assert.equal(shopRan(), ran);
  });

  it('cannot give scripts variables that decide how programs run', async () => {
    const deploymentId = fresh();
    const bundle = signed(host.controller.offer(host.bundle('good', { appSpec: 'version: 0.0\nos: linux\nhooks:\n  BeforeInstall:\n    - location: env.sh\n', files: { 'env.sh': '#!/bin/sh\n{ tr "\\0" "\\n" < /proc/self/environ; } > "$FAIRLEAD_ROOT/env"\n' } }), 'tgz'), owner);
    assert.equal((await host.run('DownloadBundle', { deploymentId, bundle })).outcome, 'Succeeded');
    const revision = { s3Location: { bucket: 'b\nLD_PRELOAD=/evil.so', key: 'k' }, LD_PRELOAD: '/evil.so', environment: { BASH_ENV: '/evil' }, NODE_OPTIONS: '--require /evil' };
    for (const name of ['LD_PRELOAD', 'BASH_ENV', 'NODE_OPTIONS', 'PATH']) {
      const { outcome, diagnostics } = await host.run('BeforeInstall', { deploymentId, revision, environment: { [name]: '/evil' } });
      assert.equal(outcome, 'Refused');
      assert.match(diagnostics.message, new RegExp(`${name} decides how programs run`));
    }
    const wild = { deploymentId, revision, env: { BASH_ENV: '/evil' }, hookEnvironment: { NODE_OPTIONS: 'x' } };
    assert.equal((await host.run('BeforeInstall', wild)).outcome, 'Succeeded');
    const names = readFileSync(join(host.root, 'env'), 'utf8').split('\n').filter((line) => /^[A-Za-z_]+=/.test(line) && !line.startsWith('LD_PRELOAD=/evil.so')).map((line) => line.split('=')[0]);
    const documented = ['LIFECYCLE_EVENT', 'DEPLOYMENT_ID', 'APPLICATION_NAME', 'DEPLOYMENT_GROUP_NAME', 'DEPLOYMENT_GROUP_ID', 'BUNDLE_BUCKET', 'BUNDLE_KEY', 'FAIRLEAD_ROOT', 'FAIRLEAD_ATTEMPT', 'PATH', 'HOME', 'LANG', 'PWD', 'SHLVL', 'OLDPWD', '_'];
    assert.deepEqual(names.filter((name) => !documented.includes(name!)), []);
  });

  it('may go back to a revision that the host has run, unless the owner forbids it', async () => {
    const older = signed(host.controller.offer(host.bundle('older'), 'tgz'), owner, { counter: 5 });
    assert.equal((await host.run('DownloadBundle', { deploymentId: fresh(), bundle: older })).outcome, 'Succeeded');
    await host.restart(`${policy}  allow_rollback: false\n`);
    const { outcome, diagnostics } = await host.run('DownloadBundle', { deploymentId: fresh(), bundle: older });
    assert.equal(outcome, 'Failed');
    assert.match(diagnostics.message, /allow_rollback .*counter is 5, but 10 was accepted for "shop" before, and no rollback is allowed/);
  });

  it('does not gain by the agent’s restart: what was accepted is remembered', async () => {
    await host.restart(policy);
    const { diagnostics } = await host.run('DownloadBundle', { deploymentId: fresh(), bundle: signed(evil, owner, { counter: 9 }) });
    assert.match(diagnostics.message, /counter is 9, but 10 was accepted/);
    noEvil();
  });

  it('cannot use a key whose owner took it out of the policy', async () => {
    const deploymentId = fresh();
    assert.equal((await host.run('DownloadBundle', { deploymentId, bundle: good })).outcome, 'Succeeded');
    await host.restart(`policy:\n  required_signature_keys: ['${attacker.publicText}']\n`);
    assert.match((await host.run('AfterInstall', { deploymentId })).diagnostics.message, /not by one of the keys/);
    assert.match((await host.run('DownloadBundle', { deploymentId: fresh(), bundle: good })).diagnostics.message, /not by one of the keys/);
  });

  it('is believed nothing once the memory of what was accepted is damaged', async () => {
    await host.stop();
    const memory = join(host.data, 'accepted-revisions');
    for (const name of readdirSync(memory)) writeFileSync(join(memory, name), '{"counter":0}');
    await host.restart(policy);
    const { outcome, diagnostics } = await host.run('DownloadBundle', { deploymentId: fresh(), bundle: good });
    assert.equal(outcome, 'Failed');
    assert.match(diagnostics.message, /does not say any more which signed bundles were accepted/);
  });

  // ---- what the attacks are made of

  const statementOf = (source: BundleSource) => ({ v: 1 as const, application: 'shop', sha256: source.sha256, createdAt: 1_000, counter: 10 });

  /** Signed as `truth`, shown as `lie`. */
  function changed(lie: Parameters<typeof signed>[2], truth: Parameters<typeof signed>[2]): BundleSource {
    const source = signed(evil, owner, truth);
    return { ...source, signature: { ...source.signature!, statement: { ...source.signature!.statement, ...lie } } };
  }

  function without(member: 'counter' | 'expiresAt', truth: Parameters<typeof signed>[2]): BundleSource {
    const source = signed(evil, owner, truth);
    const { [member]: _, ...statement } = source.signature!.statement;
    return { ...source, signature: { ...source.signature!, statement } };
  }

  function signedWithoutCounter(): BundleSource {
    const { counter: _, ...statement } = statementOf(evil);
    return { ...evil, signature: signatureOf(statement, owner) };
  }

  /** A good bundle that the host has not kept, so that it must be fetched. */
  const goodBytes = (): Buffer => Buffer.from(host.bundle('good', { files: { 'unseen.txt': 'x' } }));
  const unseen = (): BundleSource => signed(host.controller.offer(goodBytes(), 'tgz'), owner);

  function tampered(): string {
    const bytes = goodBytes();
    bytes[bytes.length >> 1]! ^= 1;
    return host.controller.offer(bytes, 'tgz').url;
  }

  const longer = (): string => host.controller.offer(Buffer.concat([goodBytes(), Buffer.from('more')]), 'tgz').url;
  const shorter = (): string => host.controller.offer(goodBytes().subarray(0, -4), 'tgz').url;
});
