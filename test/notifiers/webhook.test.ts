import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'mocha';
import { DeliveryTrouble, type Notice } from '../../server/notifiers/notifier.ts';
import { makeNotifiers, type NotifierSettings } from '../../server/notifiers/registry.ts';
import { aFarEnd } from '../outgoing/a-far-end.ts';

const secret = Buffer.from('a secret of a fair length');
const older = Buffer.from('an older secret, still in use');
const clock = { now: () => 1_700_000_000_999 };
const settings = (over: Partial<NotifierSettings['webhooks']> = {}): NotifierSettings => ({
  webhooks: { secrets: [secret, older], named: new Map(), allowsInsecure: true, ca: null, ...over },
  sns: null,
});
const notice = (target: string): Notice => ({ id: 'the-id', target, subject: 's', event: 'DeploymentFailure', text: '{"status":"Failed"}', group: 'd-1' });
const soon = () => AbortSignal.timeout(5_000);
const troubleOf = async (sending: Promise<void>): Promise<DeliveryTrouble> => {
  const error = await sending.then(
    () => assert.fail('it was delivered'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof DeliveryTrouble, String(error));
  return error;
};

describe('a webhook', () => {
  it('is posted the notice, with its id, the time, and a signature for each secret over all three', async () => {
    await using far = await aFarEnd((_, response) => response.writeHead(204).end());
    await makeNotifiers(settings(), clock).send(notice(`${far.url}/hook`), soon());
    const [heard] = far.heard;
    assert.equal(heard?.method, 'POST');
    assert.equal(heard.path, '/hook');
    assert.equal(heard.body, '{"status":"Failed"}');
    assert.equal(heard.headers['content-type'], 'application/json');
    assert.equal(heard.headers['webhook-id'], 'the-id');
    assert.equal(heard.headers['webhook-timestamp'], '1700000000');
    assert.equal(heard.headers['fairlead-event'], 'DeploymentFailure');
    // As a receiver would check it.
    const expected = [secret, older].map((key) => `v1,${createHmac('sha256', key).update(`the-id.1700000000.${heard.body}`).digest('base64')}`);
    assert.deepEqual(String(heard.headers['webhook-signature']).split(' '), expected);
  });

  it('that takes it with any 2xx has it; any other status is an error with the status, and never the path', async () => {
    let status = 202;
    await using far = await aFarEnd((_, response) => response.writeHead(status).end('no'));
    const notifiers = makeNotifiers(settings(), clock);
    await notifiers.send(notice(far.url), soon());
    for (const [next, mayRetry] of [[500, true], [503, true], [429, true], [404, true], [401, true], [410, false], [400, false]] as const) {
      status = next;
      const trouble = await troubleOf(notifiers.send(notice(`${far.url}/T0KEN`), soon()));
      assert.match(trouble.message, new RegExp(`answered ${next}`));
      assert.doesNotMatch(trouble.message, /T0KEN/);
      assert.equal(trouble.mayRetry, mayRetry, String(next));
    }
  });

  it('that is asked something answers, and is signed to with its own secret or the controller\'s', async () => {
    await using far = await aFarEnd((_, response) => response.writeHead(200).end('{"instances":[]}'));
    const notifiers = makeNotifiers(settings(), clock);
    const question = { id: 'the-id', url: `${far.url}/fleets`, event: 'Provision', text: '{}' };
    assert.equal((await notifiers.post({ ...question, secret: 'whsec_' + Buffer.from('a secret of its own').toString('base64') }, soon())).body, '{"instances":[]}');
    await notifiers.post({ ...question, secret: null }, soon());
    const signed = (key: Uint8Array | string) => `v1,${createHmac('sha256', key).update('the-id.1700000000.{}').digest('base64')}`;
    assert.deepEqual(far.heard.map(({ headers }) => headers['webhook-signature']), [signed('a secret of its own'), `${signed(secret)} ${signed(older)}`]);
  });

  it('that is asked something is where the rules for addresses let it be', async () => {
    const strict = makeNotifiers(settings({ allowsInsecure: false }), clock);
    assert.match(strict.whyNotWebhook('http://ops.example')!, /plain http/);
    assert.match(strict.whyNotWebhook('https://me:secret@ops.example')!, /user or password/);
    assert.match(strict.whyNotWebhook('ftp://ops.example')!, /no http address/);
    assert.equal(strict.whyNotWebhook('https://ops.example'), null);
    await assert.rejects(strict.post({ id: 'i', url: 'https://127.0.0.1:1/', event: 'Provision', text: '{}', secret: null }, soon()), /this very host/);
    await assert.rejects(strict.post({ id: 'i', url: 'http://ops.example/', event: 'Provision', text: '{}', secret: null }, soon()), /plain http/);
  });

  it('that redirects is not followed', async () => {
    await using other = await aFarEnd((_, response) => response.end());
    await using far = await aFarEnd((_, response) => response.writeHead(307, { location: `${other.url}/x` }).end());
    const trouble = await troubleOf(makeNotifiers(settings(), clock).send(notice(far.url), soon()));
    assert.match(trouble.message, /answered 307, a redirect to 127\.0\.0\.1:\d+, which is not followed/);
    assert.equal(other.heard.length, 0);
  });

  it('that says nothing costs no more than the attempt may take', async () => {
    await using far = await aFarEnd(() => {});
    const trouble = await troubleOf(makeNotifiers(settings(), clock).send(notice(far.url), AbortSignal.timeout(50)));
    assert.match(trouble.message, /did not answer in time/);
    assert.equal(trouble.mayRetry, true);
  });

  it('at this very host is not knocked at for a trigger, unless the configuration allows it', async () => {
    await using far = await aFarEnd((_, response) => response.end());
    const strict = makeNotifiers(settings({ allowsInsecure: false }), clock);
    const trouble = await troubleOf(strict.send(notice(far.url.replace('http:', 'https:')), soon()));
    assert.match(trouble.message, /this very host/);
    assert.equal(far.heard.length, 0);
  });

  it('that the configuration names is reached by its name, with its own secret, wherever it is', async () => {
    await using far = await aFarEnd((_, response) => response.end());
    const named = new Map([['chat', { url: new URL(`${far.url}/named`), secrets: [older] }]]);
    const notifiers = makeNotifiers(settings({ named, allowsInsecure: false }), clock);
    await notifiers.send(notice('webhook:chat'), soon());
    assert.equal(far.heard[0]?.path, '/named');
    assert.equal(String(far.heard[0].headers['webhook-signature']).split(' ').length, 1);
    const trouble = await troubleOf(notifiers.send(notice('webhook:gone'), soon()));
    assert.match(trouble.message, /webhook gone, which is not in the controller's configuration/);
  });
});

describe('the target of a trigger', () => {
  const why = (target: string, over: Partial<NotifierSettings['webhooks']> = { allowsInsecure: false }) => makeNotifiers(settings(over), clock).whyNotTarget(target);

  it('may be an https address, an SNS topic, or a webhook that the configuration names', () => {
    assert.equal(why('https://chat.example/hook?x=1'), null);
    assert.equal(why('arn:aws:sns:eu-west-1:123456789012:deployments'), null);
    assert.equal(why('arn:aws-cn:sns:cn-north-1:123456789012:deployments.fifo'), null);
    assert.equal(why('webhook:chat', { named: new Map([['chat', { url: new URL('http://x'), secrets: [secret] }]]) }), null);
  });

  it('may be a plain http address only where the configuration allows it', () => {
    assert.match(why('http://chat.example/hook') ?? '', /https/);
    assert.equal(why('http://chat.example/hook', { allowsInsecure: true }), null);
  });

  it('is nothing else, and is never refused in the words that make Terraform try again', () => {
    for (const target of ['', 'x', 'mailto:a@b', 'arn:aws:lambda:us-east-1:1:function:f', 'arn:aws:sns:us-east-1:1:', 'https://', 'ftp://a/b', 'https://user:pass@chat.example/', 'webhook:unknown', `https://a/${'x'.repeat(3_000)}`]) {
      const refusal = why(target);
      assert.ok(refusal !== null, target);
      assert.doesNotMatch(refusal, /Topic ARN/);
    }
  });
});
