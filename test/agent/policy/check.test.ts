import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { checkAppSpec, isBelow } from '../../../agent/policy/check-appspec.ts';
import { checkAppSpecName, checkCommand } from '../../../agent/policy/check-command.ts';
import { checkPlaces, checkPlanWarnings } from '../../../agent/policy/check-places.ts';
import { openPolicy } from '../../../agent/policy/policy.ts';
import type { HostPolicy } from '../../../agent/policy/policy.ts';
import { parseAppSpec } from '../../../hooks/appspec/parse.ts';

const policy = (changes: Partial<HostPolicy>): HostPolicy => ({ ...openPolicy('/etc/p.yml'), ...changes });

function say(changes: Partial<HostPolicy>, more: string): string | null {
  const verdict = parseAppSpec(`version: 0.0\nos: linux\n${more}`);
  assert.ok(verdict.kind === 'accepted', JSON.stringify(verdict));
  return checkAppSpec(policy(changes), verdict.appSpec, verdict.warnings.map(({ sentence }) => sentence));
}

describe('the host owner’s policy and a command', () => {
  it('takes bundles from the allowed kinds of source only, and never from one that is not said', () => {
    const only = policy({ allowedSources: ['upload', 'git'] });
    assert.equal(checkCommand(only, { sourceKind: 'git' }, { size: 1 }), null);
    assert.equal(checkCommand(only, { sourceKind: 's3' }, { size: 1 }), 'This host\'s policy forbids it (allowed_sources in /etc/p.yml): the bundle comes from the source "s3"; allowed are upload, git.');
    assert.match(checkCommand(only, {}, { size: 1 })!, /does not say what kind/);
    assert.equal(checkCommand(openPolicy(), {}, { size: 1 }), null);
  });

  it('bounds the size of a bundle before it is fetched', () => {
    assert.equal(checkCommand(policy({ maxBundleBytes: 10 }), {}, { size: 10 }), null);
    assert.match(checkCommand(policy({ maxBundleBytes: 10 }), {}, { size: 11 })!, /max_bundle_bytes in \/etc\/p\.yml\): the bundle has 11 bytes, more than 10/);
  });

  it('lets no unsigned word choose the AppSpec where keys are required', () => {
    const keys = policy({ requiredSignatureKeys: ['ed25519:x'] });
    assert.equal(checkAppSpecName(keys, { appSpecFilename: 'appspec.yaml' }), null);
    assert.equal(checkAppSpecName(keys, {}), null);
    assert.match(checkAppSpecName(keys, { appSpecFilename: 'test/evil.yml' })!, /"test\/evil\.yml" as the AppSpec, which no signature covers/);
    assert.equal(checkAppSpecName(openPolicy(), { appSpecFilename: 'test/evil.yml' }), null);
  });
});

describe('the host owner’s policy and an AppSpec', () => {
  it('knows prefixes by whole names', () => {
    assert.ok(isBelow(['/srv/app'], '/srv/app') && isBelow(['/srv/app'], '/srv/app/x') && isBelow([''], '/etc'));
    assert.ok(!isBelow(['/srv/app'], '/srv/app2') && !isBelow(['/srv/app'], '/srv') && !isBelow([], '/srv'));
  });

  it('holds files to the allowed destinations, however they are spelt', () => {
    const changes = { allowedDestinations: ['/srv/app'] };
    const files = (destination: string) => `files:\n  - source: a\n    destination: ${destination}\n`;
    for (const fine of ['/srv/app', '/srv/app/', '/srv//app/x', '/etc/../srv/app']) assert.equal(say(changes, files(fine)), null, fine);
    for (const bad of ['/srv/app2', '/srv/app/../../etc', '/', 'etc', '/srv']) {
      assert.equal(say(changes, files(bad)), `This host's policy forbids it (allowed_destinations in /etc/p.yml): files[0].destination is ${JSON.stringify(bad)}; allowed are /srv/app.`, bad);
    }
  });

  it('holds permissions to the allowed destinations', () => {
    const permissions = (object: string) => `permissions:\n  - object: ${object}\n    mode: '644'\n`;
    assert.equal(say({ allowedDestinations: ['/srv'] }, permissions('/srv/a')), null);
    assert.match(say({ allowedDestinations: ['/srv'] }, permissions('/etc/shadow'))!, /permissions\[0\]\.object is "\/etc\/shadow"/);
  });

  it('holds the folder of releases and the link to the current one to the allowed destinations', () => {
    const releases = (folder: string, current: string) => `files:\n  - source: a\n    destination: /srv/app/current\nreleases:\n  folder: ${folder}\n  current: ${current}\n`;
    assert.equal(say({ allowedDestinations: ['/srv/app'] }, releases('/srv/app/releases', '/srv/app/current')), null);
    assert.match(say({ allowedDestinations: ['/srv/app'] }, releases('/opt/releases', '/srv/app/current'))!, /releases\.folder is "\/opt\/releases"; allowed are \/srv\/app/);
    assert.match(say({ allowedDestinations: ['/srv/app'] }, releases('/srv/app/releases', '/etc/current'))!, /releases\.current is "\/etc\/current"/);
  });

  it('holds runas and sudo to the allowed users', () => {
    const hook = (line: string) => `hooks:\n  AfterInstall:\n    - location: a.sh\n      ${line}\n`;
    const changes = { allowedUsers: ['deploy', 'web'] };
    assert.equal(say(changes, hook('runas: deploy')), null);
    assert.equal(say(changes, hook('timeout: 3')), null);
    assert.match(say(changes, hook('runas: root'))!, /allowed_users .*"a\.sh" of AfterInstall is to run as "root"; allowed are deploy, web/);
    assert.match(say(changes, hook('sudo: true'))!, /as "root"/);
  });

  it('refuses setuid and setgid modes, with forbid_setuid as well as with strict', () => {
    const mode = (digits: string) => `permissions:\n  - object: /srv/a\n    mode: '${digits}'\n`;
    for (const bad of ['4755', '2755', '6711', '7777']) assert.match(say({ forbidsSetuid: true }, mode(bad))!, /forbid_setuid .*permissions\[0\]\.mode is \d{4}/, bad);
    for (const fine of ['755', '0755', '1777']) assert.equal(say({ forbidsSetuid: true }, mode(fine)), null, fine);
    assert.equal(say({}, mode('4755')), null);
  });

  it('refuses under strict what is a warning otherwise: unknown keys and events, duplicate keys, YAML 1.1 octal modes', () => {
    for (const more of ['surprise: 1\n', 'hooks:\n  AfterLunch:\n    - location: a.sh\n', 'files:\nfiles:\n', 'permissions:\n  - object: /srv/a\n    mode: 0644\n']) {
      assert.equal(say({}, more), null, more);
      assert.match(say({ isStrict: true }, more)!, /\(strict in \/etc\/p\.yml\): /, more);
    }
    assert.equal(say({ isStrict: true }, ''), null);
  });
});

describe('the host owner’s policy and the plan of an Install', () => {
  const folder = (place: string) => ({ kind: 'mkdir', directory: place, place }) as const;
  const rules = (allowedDestinations: readonly string[] | null) => ({ file: '/etc/p.yml', allowedDestinations, isStrict: true });
  const links: Readonly<Record<string, string>> = { '/srv/app': '/data/app' };
  const place = (path: string) => Object.entries(links).reduce((at, [from, to]) => (at.startsWith(`${from}/`) ? `${to}${at.slice(from.length)}` : at), path);

  it('looks at where things really go, and takes an owner’s prefix that is a link for what it leads to', () => {
    assert.equal(checkPlaces(rules(['/srv/app']), [folder('/data/app/x')], place), null);
    assert.equal(checkPlaces(rules(['/srv']), [folder('/srv/x')], place), null);
    assert.match(checkPlaces(rules(['/srv']), [folder('/srv/x'), folder('/data/app/x')], place)!, /mkdir would reach "\/data\/app\/x", to which a link leads; allowed are \/srv\./);
    assert.equal(checkPlaces(rules(null), [folder('/etc')], place), null);
    assert.equal(checkPlaces(rules(['']), [folder('/etc')], place), null);
  });

  it('lets the missing folders on the way to an allowed one be made, and nothing else there', () => {
    const copy = { kind: 'copy', source: '/a', destination: '/new', place: '/new', modifiedAt: 0, bytes: 1 } as const;
    assert.equal(checkPlaces(rules(['/new/app']), [folder('/new'), folder('/new/app')], place), null);
    assert.match(checkPlaces(rules(['/new/app']), [folder('/new/other')], place)!, /mkdir would reach "\/new\/other"/);
    assert.match(checkPlaces(rules(['/new/app']), [copy], place)!, /copy would reach/);
  });

  it('takes the plan’s warnings for refusals under strict', () => {
    assert.match(checkPlanWarnings(rules(null), ['the path "a" is relative'])!, /strict in \/etc\/p\.yml\): the path "a" is relative/);
    assert.equal(checkPlanWarnings({ ...rules(null), isStrict: false }, ['a']), null);
  });
});
