import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ConfigRefused, namedPolicyFile, readConfig } from '../../../agent/config.ts';
import { openPolicy } from '../../../agent/policy/policy.ts';
import { whyNotTrusted } from '../../../agent/policy/policy-file.ts';

const where = '/etc/fairlead/agent.yml';
const key = `ed25519:${Buffer.alloc(32, 7).toString('base64')}`;
const file = (text: string) => ({ path: where, text });
const read = (text: string, policyText?: string) =>
  readConfig({ file: file(text), ...(policyText === undefined ? {} : { policyFile: { path: '/etc/fairlead/policy.yml', text: policyText } }), environment: {}, flags: {}, hostname: 'h', agentVersion: '1' });
const refused = (text: string, pattern: RegExp, policyText?: string) => assert.throws(() => read(text, policyText), (error: Error) => error instanceof ConfigRefused && pattern.test(error.message));

describe('the host owner’s policy in the configuration', () => {
  it('allows what CodeDeploy allows where there is none', () => {
    assert.deepEqual(read('').config.policy, openPolicy(where));
  });

  it('is read rule by rule', () => {
    const text = `policy:
  allowed_users: [deploy]
  allowed_destinations: [/srv/, /opt/shop]
  allowed_sources: [upload, git]
  required_signature_keys: ['${key}']
  allow_rollback: false
  max_bundle_bytes: 1000
  forbid_setuid: true
  lock_file: /run/fairlead.lock
`;
    assert.deepEqual(read(text).config.policy, {
      file: where,
      allowedUsers: ['deploy'],
      allowedDestinations: ['/srv', '/opt/shop'],
      allowedSources: ['upload', 'git'],
      requiredSignatureKeys: [key],
      allowsRollback: false,
      isStrict: false,
      maxBundleBytes: 1000,
      forbidsSetuid: true,
      lockFile: '/run/fairlead.lock',
    });
  });

  it('may stand in a file of its own, which then is the one that refusals name', () => {
    assert.equal(namedPolicyFile(file('policy: /etc/fairlead/policy.yml')), '/etc/fairlead/policy.yml');
    assert.equal(namedPolicyFile(file('policy: { strict: true }')), null);
    assert.equal(namedPolicyFile(null), null);
    const { policy } = read('policy: /etc/fairlead/policy.yml', 'strict: true\n').config;
    assert.deepEqual([policy.file, policy.isStrict, policy.forbidsSetuid], ['/etc/fairlead/policy.yml', true, true]);
    refused('policy: /etc/fairlead/policy.yml', /was not read/);
    assert.throws(() => namedPolicyFile(file('policy: policy.yml')), /must be an absolute path/);
  });

  it('keeps allowed_users where they stood before there was a policy, but not in both places', () => {
    assert.deepEqual(read('allowed_users: [web]').config.policy.allowedUsers, ['web']);
    assert.deepEqual(read('allowed_users: [web]\npolicy: { strict: true }').config.policy.allowedUsers, ['web']);
    refused('allowed_users: [web]\npolicy: { allowed_users: [web] }', /stands twice/);
  });

  for (const [what, text, pattern] of [
    ['a misspelt rule, which would protect nobody', 'policy: { requried_signature_keys: [] }', /no rule "requried_signature_keys"; the rules are allowed_users/],
    ['a rule given twice', 'policy:\n  strict: true\n  strict: false\n', /not valid YAML/],
    ['an empty list of keys, which would allow everything', 'policy: { required_signature_keys: [] }', /1 to 32 keys/],
    ['a key that is none', 'policy: { required_signature_keys: [abc] }', /holds "abc", but a key looks like ed25519:/],
    ['a private key in place of a public one', "policy: { required_signature_keys: ['-----BEGIN PRIVATE KEY-----'] }", /a key looks like/],
    ['a destination that is not absolute', 'policy: { allowed_destinations: [srv] }', /allowed_destinations must be an absolute path/],
    ['a destination that climbs', 'policy: { allowed_destinations: [/srv/../etc] }', /without "\.\."/],
    ['a source nobody knows', 'policy: { allowed_sources: [ftp] }', /"ftp", but the kinds are upload, s3/],
    ['strictness in words', 'policy: { strict: very }', /strict must be true or false/],
    ['a size below one byte', 'policy: { max_bundle_bytes: 0 }', /from 1 to 2147483648/],
    ['a lock file without a path', 'policy: { lock_file: "" }', /lock_file must hold text/],
    ['users that are no list', 'policy: { allowed_users: root }', /allowed_users must be a list/],
    ['a policy that is a list', 'policy: [strict]', /must be a mapping/],
  ] as const) {
    it(`refuses ${what}`, () => refused(text, pattern));
  }
});

describe('a policy file', () => {
  const step = (path: string, mode: number, uid = 0) => ({ path, mode, uid });

  it('is trusted where only root or the agent’s own user can change it', () => {
    assert.equal(whyNotTrusted([step('/etc/p.yml', 0o100644), step('/etc', 0o040755), step('/', 0o040755)], 0), null);
    assert.equal(whyNotTrusted([step('/home/a/p.yml', 0o100600, 500), step('/home/a', 0o040700, 500), step('/', 0o040755)], 500), null);
    assert.equal(whyNotTrusted([step('/tmp/p.yml', 0o100600), step('/tmp', 0o041777), step('/', 0o040755)], 0), null);
  });

  it('is refused where others could change it or put another in its place', () => {
    assert.match(whyNotTrusted([step('/etc/p.yml', 0o100664)], 0)!, /chmod go-w \/etc\/p\.yml/);
    assert.match(whyNotTrusted([step('/etc/p.yml', 0o100644, 1000)], 0)!, /belongs to the user 1000; it must belong to root/);
    assert.match(whyNotTrusted([step('/srv/p.yml', 0o100644), step('/srv', 0o040777)], 0)!, /^\/srv can be written to by others \(mode 777\)/);
  });
});
