// EC2 instances that enrol by what AWS says of them; a stand-in signs.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { Failure } from '../../protocol/errors.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { decideEc2Enrolment, type Ec2Enrolment } from '../../server/ec2/settings.ts';
import type { EnrollAnswer, EnrollRequest } from '../../server/faces/dependencies.ts';
import { makeEnroll } from '../../server/fleet/enrollment.ts';
import { aController, type TestController } from '../operations/a-controller.ts';

const keyOf = (letter: string): string => Buffer.alloc(32, letter).toString('base64');
const name = 'i-0123456789abcdef0';

describe('an EC2 instance', () => {
  let folder: string;
  let c: TestController;
  let settings: Ec2Enrolment;
  const openssl = (...args: readonly string[]): Buffer => execFileSync('openssl', [...args], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const shown = (over: object = {}): string => {
    writeFileSync(join(folder, 'document'), JSON.stringify({ accountId: '123456789012', instanceId: name, region: 'eu-central-1', pendingTime: new Date(c.now - 60_000).toISOString(), ...over }));
    return openssl('cms', '-sign', '-binary', '-nodetach', '-nocerts', '-md', 'sha256', '-in', 'document', '-signer', 'aws.pem', '-inkey', 'aws.key', '-outform', 'DER').toString('base64');
  };
  const enroll = (over: Partial<EnrollRequest> = {}, ec2: Ec2Enrolment | null = settings): Promise<EnrollAnswer> =>
    makeEnroll({ ...c.services, ec2 })({ token: 'ec2', instanceName: name, publicKey: keyOf('a'), tags: [{ Key: 'role', Value: 'web' }], agentVersion: '1', identityDocument: shown(), remote: 'test', ...over });
  const refused = async (...given: Parameters<typeof enroll>): Promise<string> => {
    const error: unknown = await enroll(...given).then(() => assert.fail('it was let in'), (thrown: unknown) => thrown);
    if (!(error instanceof Failure)) throw error;
    assert.equal(error.code, 'InvalidIdentityDocumentException', error.message);
    return error.message;
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-ec2-'));
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'aws.key', '-out', 'aws.pem', '-days', '10', '-subj', '/CN=aws');
    const certificates = { 'eu-central-1': readFileSync(join(folder, 'aws.pem'), 'utf8').replace(/-----[^-]+-----|\s/g, '') };
    settings = { accounts: ['123456789012'], regions: ['eu-central-1'], withinMs: 300_000, certificates };
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  it('is let in by its document, under its id, with the ARN that it has in its account', async () => {
    const answer = await enroll();
    assert.deepEqual([answer.instanceName, answer.instanceArn], [name, `arn:aws:ec2:eu-central-1:123456789012:instance/${name}`]);
    const [instance] = (await c.call(registry.listInstances, {})).instances;
    assert.deepEqual([instance?.kind, instance?.isEnrolled], ['ec2', true]);
    assert.deepEqual(await enroll(), answer, 'again, with the same key');
  });

  it('is let in once: not with another key, not after its key was revoked, not after it was deregistered', async () => {
    await enroll();
    assert.match(await refused({ publicKey: keyOf('b') }), /was enrolled before, and an identity document lets an instance in once/);
    await c.call(registry.revokeInstanceKey, { instanceName: name });
    assert.match(await refused({ publicKey: keyOf('b') }), /Give it a join token: fairlead token create --name i-0123456789abcdef0/);
    await c.call(registry.deregisterOnPremisesInstance, { instanceName: name });
    await refused({ publicKey: keyOf('b') });
    const { token } = await c.call(registry.createEnrollmentToken, { namePattern: name });
    await enroll({ token, publicKey: keyOf('b') });
  });

  it('is not let in from another account, under another name, long after its launch, before it, or where nobody has said so', async () => {
    assert.match(await refused({ identityDocument: shown({ accountId: '999999999999' }) }), /not that of an EC2 instance that may enrol here/);
    assert.match(await refused({ instanceName: 'web-1' }), /is that of i-0123456789abcdef0, and the agent calls itself web-1/);
    assert.match(await refused({ identityDocument: shown({ pendingTime: new Date(c.now - 361_000).toISOString() }) }), /may enrol by its identity document for 5 minutes after that/);
    await refused({ identityDocument: shown({ pendingTime: new Date(c.now + 61_000).toISOString() }) });
    await refused({ identityDocument: shown({ pendingTime: 'soon' }) });
    await refused({ identityDocument: 'AAAA' });
    assert.match(await refused({}, null), /name the account in the section ec2/);
    assert.deepEqual((await c.call(registry.listInstances, {})).instances, []);
  });

  it('that sends its document several times at once is one instance, and one key', async () => {
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((letter) => enroll({ publicKey: keyOf(letter) })));
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
    assert.equal((await c.call(registry.listInstances, {})).instances.length, 1);
  });

  it('may be of any region that AWS has published a certificate for, unless the operator names some', () => {
    const { regions, withinMs } = decideEc2Enrolment({ ec2: { accounts: ['123456789012'] } })!;
    assert.deepEqual([regions.includes('us-east-1'), withinMs], [true, 300_000]);
    assert.equal(decideEc2Enrolment({}), null);
    assert.throws(() => decideEc2Enrolment({ ec2: { accounts: ['123456789012'], regions: ['mars-1'] } }), /no certificate of AWS for "mars-1"\. Known are /);
  });
});
