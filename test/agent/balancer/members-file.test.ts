import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import Value from 'typebox/value';
import { isAllowedAddress } from '../../../agent/balancer/allowed-address.ts';
import { readMembers, writeMembers } from '../../../agent/balancer/members-file.ts';
import { NginxMember } from '../../../protocol/session/nginx.ts';

const member = (over: Partial<NginxMember> = {}): NginxMember => ({ name: 'web-1', address: '10.0.0.5', port: 8080, share: 100, isBlocked: false, ...over });

describe('the file of members', () => {
  it('has a line for each, which nginx and a person can read', () => {
    const text = writeMembers([member(), member({ name: 'web-2', isBlocked: true }), member({ name: 'web-3', share: 0 }), member({ name: 'web-4', address: '2001:db8::1', share: 10 }), member({ name: 'web-5', share: 0, isBlocked: true })], { maxFails: 3, failTimeoutSeconds: 5 });
    assert.deepEqual(text.split('\n').slice(1), [
      'server 10.0.0.5:8080 weight=100 max_fails=3 fail_timeout=5s; # web-1',
      'server 10.0.0.5:8080 weight=100 max_fails=3 fail_timeout=5s down; # web-2 blocked',
      'server 10.0.0.5:8080 weight=1 max_fails=3 fail_timeout=5s down; # web-3 share=0',
      'server [2001:db8::1]:8080 weight=10 max_fails=3 fail_timeout=5s; # web-4',
      'server 10.0.0.5:8080 weight=1 max_fails=3 fail_timeout=5s down; # web-5 blocked share=0',
      '',
    ]);
  });

  it('never leaves an upstream without a server, and counts nobody for that', () => {
    const text = writeMembers([], {});
    assert.match(text, /^server 127\.0\.0\.1:1 down; # -$/m);
    assert.deepEqual(readMembers(text), []);
  });

  const text = fc.stringMatching(/^[A-Za-z0-9._+=,@:-]{1,30}$/);
  const members = fc.uniqueArray(
    fc.record({ name: text, address: fc.oneof(fc.ipV4(), fc.constantFrom('::1', '2001:db8::5', 'web-1.example.org', 'host_1')), port: fc.integer({ min: 1, max: 65_535 }), share: fc.integer({ min: 0, max: 100 }), isBlocked: fc.boolean() }, { noNullPrototype: true }),
    { selector: ({ name }) => name, maxLength: 20 },
  );

  it('is read as it was written, whatever the members are', () => {
    fc.assert(fc.property(members, (all) => assert.deepEqual(readMembers(writeMembers(all, {})), all)));
  });

  it('holds no directive but server, whatever fits an ask', () => {
    fc.assert(
      fc.property(members, (all) => {
        assert.ok(all.every((one) => Value.Check(NginxMember, one)));
        for (const line of writeMembers(all, { maxFails: 0 }).trimEnd().split('\n').slice(1)) assert.match(line, /^server [^;{}#\s]+( [a-z_]+(=[0-9]+s?)?)*; # [^;{}\n]+$/);
      }),
    );
    for (const evil of [{ name: 'a; return 444' }, { name: 'a\nb' }, { address: '1.2.3.4; }' }, { address: 'a b' }, { port: 0 }, { share: 101 }, { name: '' }]) {
      assert.equal(Value.Check(NginxMember, member(evil)), false, JSON.stringify(evil));
    }
  });

  it('may have been begun by hand', () => {
    assert.deepEqual(readMembers('# mine\n\n  server   10.0.0.5:8080;   # web-1\nserver [::1]:80 weight=5 max_fails=2 fail_timeout=10s down ; #web-2\n'), [member(), member({ name: 'web-2', address: '::1', port: 80, share: 5, isBlocked: true })]);
  });

  for (const [line, why] of [
    ['server 10.0.0.5:8080;', 'it has no name'],
    ['server 10.0.0.5:8080 backup; # a', 'it has a parameter that would be lost'],
    ['server unix:/run/app.sock; # a', 'it is no address with a port'],
    ['keepalive 16;', 'it is another directive'],
    ['server 10.0.0.5:8080; server 10.0.0.6:8080; # a', 'there are two'],
  ] as const) {
    it(`is refused for a line that it could not write itself: ${why}`, () => assert.match(readMembers(`server 10.0.0.1:80; # b\n${line}\n`) as string, /^line 2 is not of the form/));
  }

  it('is refused when it names a member twice', () => {
    assert.match(readMembers('server 10.0.0.1:80; # a\nserver 10.0.0.2:80; # a\n') as string, /line 2 names a again/);
  });
});

describe('where members may be', () => {
  const cases: [string, string, boolean][] = [
    ['10.1.2.3', '10.1.0.0/16', true],
    ['10.2.0.1', '10.1.0.0/16', false],
    ['10.1.2.3', '0.0.0.0/0', true],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.30', '10.1.2.3', false],
    ['web-1.example.org', '*.example.org', true],
    ['evil-example.org', '*.example.org', false],
    ['10.1.2.3.example.org', '10.1.0.0/16', false],
    ['::1', '::1', true],
    ['10.1.2.256', '10.1.0.0/16', false],
    ['10.1.2.3', '10.1.0.0/33', false],
  ];
  for (const [address, entry, isAllowed] of cases) it(`${address} is ${isAllowed ? '' : 'not '}within ${entry}`, () => assert.equal(isAllowedAddress(address, [entry]), isAllowed));
});
