// Identity documents as the metadata service of EC2 gives them, signed here by stand-ins for AWS: openssl makes the messages, so
// that what is read was not written by the same library. The certificates of AWS itself are only looked at; no document that
// AWS has signed was ever at hand.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { awsCertificates, readIdentityDocument } from '../../server/ec2/identity-document.ts';

const document = { accountId: '123456789012', instanceId: 'i-0123456789abcdef0', region: 'eu-central-1', pendingTime: '2026-12-01T12:00:00Z', availabilityZone: 'eu-central-1a', version: '2017-09-30', imageId: 'ami-1' };

describe('the identity document of an EC2 instance', () => {
  let folder: string;
  let certificates: Record<string, string>;
  const openssl = (...args: readonly string[]): Buffer => execFileSync('openssl', [...args], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const maker = (name: string): void => void openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.pem`, '-days', '10', '-subj', `/CN=${name}`);
  /** As the metadata service: base64 in lines, the signer's certificate left out. */
  const shown = (what: unknown, by = 'aws', ...more: readonly string[]): string => {
    writeFileSync(join(folder, 'document'), typeof what === 'string' ? what : JSON.stringify(what));
    return openssl('cms', '-sign', '-binary', '-nodetach', '-nocerts', '-md', 'sha256', '-in', 'document', '-signer', `${by}.pem`, '-inkey', `${by}.key`, '-outform', 'DER', ...more).toString('base64').replace(/(.{64})/g, '$1\n');
  };
  const read = (text: string, regions: readonly string[] = ['eu-central-1']): ReturnType<typeof readIdentityDocument> => readIdentityDocument(text, regions, certificates);

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-ec2-'));
    for (const name of ['aws', 'stranger']) maker(name);
    certificates = { 'eu-central-1': readFileSync(join(folder, 'aws.pem'), 'utf8').replace(/-----[^-]+-----|\s/g, '') };
  });
  after(() => rmSync(folder, { recursive: true }));

  it('is read when the certificate of its region has signed it', async () => {
    const { accountId, instanceId, region, pendingTime } = (await read(shown(document)))!;
    assert.deepEqual([accountId, instanceId, region, pendingTime], [document.accountId, document.instanceId, document.region, document.pendingTime]);
  });

  it('is nothing when somebody else has signed it, also with the signer’s certificate beside', async () => {
    assert.equal(await read(shown(document, 'stranger')), null);
    writeFileSync(join(folder, 'document'), JSON.stringify(document));
    const withOwn = openssl('cms', '-sign', '-binary', '-nodetach', '-md', 'sha256', '-in', 'document', '-signer', 'stranger.pem', '-inkey', 'stranger.key', '-outform', 'DER').toString('base64');
    assert.equal(await read(withOwn), null);
  });

  it('is nothing from a region that is not allowed, or that no certificate is known for', async () => {
    assert.equal(await read(shown(document), ['us-east-1']), null);
    assert.equal(await read(shown({ ...document, region: 'us-east-1' }), ['us-east-1']), null);
    assert.equal(await read(shown({ ...document, region: 'toString' }), ['toString']), null);
  });

  it('is nothing with one byte of what it says, or of its signature, changed', async () => {
    const good = Buffer.from(shown(document), 'base64');
    assert.notEqual(await read(good.toString('base64')), null);
    const at = good.indexOf('123456789012');
    for (const place of [at, good.length - 5, good.length - 100]) {
      const changed = Buffer.from(good);
      changed[place] = changed[place]! ^ 1;
      assert.equal(await read(changed.toString('base64')), null);
    }
  });

  it('is nothing when it is none: other JSON, no JSON, no message, half a message, nothing', async () => {
    for (const what of [{}, { ...document, accountId: 7 }, { ...document, instanceId: '../x' }, '{', '']) assert.equal(await read(shown(what)), null);
    const good = shown(document);
    for (const text of ['', 'AAAA', good.slice(0, 200), Buffer.from('{"a":1}').toString('base64')]) assert.equal(await read(text), null);
  });

  it('is held against a certificate of AWS for each of its regions', () => {
    const regions = Object.entries(awsCertificates);
    assert.ok(regions.length >= 30);
    for (const [region, text] of regions) {
      const certificate = new X509Certificate(Buffer.from(text, 'base64'));
      assert.match(region, /^[a-z]+(-[a-z]+)+-\d$/);
      assert.match(certificate.subject, /Amazon Web Services/);
      assert.ok(Date.parse(certificate.validTo) > Date.parse('2030-01-01'), region);
      assert.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 2048, region);
    }
  });
});
