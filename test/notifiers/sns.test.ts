// The contract with SNS, tested against a stand-in on a real socket that speaks its query protocol. Never run against AWS.

import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'mocha';
import { DeliveryTrouble } from '../../server/notifiers/notifier.ts';
import { makeNotifiers } from '../../server/notifiers/registry.ts';
import { aFarEnd, type Heard } from '../outgoing/a-far-end.ts';

const topic = 'arn:aws:sns:eu-west-1:123456789012:deployments';
const took = (_: Heard, response: ServerResponse): void => {
  response
    .writeHead(200, { 'content-type': 'text/xml' })
    .end('<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1</MessageId></PublishResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></PublishResponse>');
};
const refuses = (status: number, code: string) => (_: Heard, response: ServerResponse): void => {
  response.writeHead(status, { 'content-type': 'text/xml' }).end(`<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>because</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`);
};

function notifiersAt(endpoint: string) {
  return makeNotifiers(
    { webhooks: { secrets: [], named: new Map(), allowsInsecure: false, ca: null }, sns: { endpoint, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' } } },
    { now: () => 0 },
  );
}
const notice = (target = topic) => ({ id: 'the-id', target, subject: 'SUCCEEDED: grün', event: 'DeploymentSuccess', text: '{"a":"b"}', group: 'd-1' });

async function troubleOf(sending: Promise<void>): Promise<DeliveryTrouble> {
  const error = await sending.then(
    () => assert.fail('it was delivered'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof DeliveryTrouble, String(error));
  return error;
}

describe('an SNS topic', function () {
  this.timeout(20_000);

  it('is published to, signed for its region, with subject, message and the id of the notice', async () => {
    await using sns = await aFarEnd(took);
    await notifiersAt(sns.url).send(notice(), AbortSignal.timeout(10_000));
    const [heard] = sns.heard;
    const form = new URLSearchParams(heard?.body);
    assert.equal(form.get('Action'), 'Publish');
    assert.equal(form.get('TopicArn'), topic);
    assert.equal(form.get('Subject'), 'SUCCEEDED: gr?n');
    assert.equal(form.get('Message'), '{"a":"b"}');
    const attributes = [1, 2].map((n) => [form.get(`MessageAttributes.entry.${n}.Name`), form.get(`MessageAttributes.entry.${n}.Value.StringValue`)]);
    assert.deepEqual(Object.fromEntries(attributes), { id: 'the-id', event: 'DeploymentSuccess' });
    assert.equal(form.get('MessageGroupId'), null);
    assert.match(heard?.headers.authorization ?? '', /Credential=AKIDEXAMPLE\/\d+\/eu-west-1\/sns\/aws4_request/);
  });

  it('that is FIFO is given the deployment as its group and the id against duplicates', async () => {
    await using sns = await aFarEnd(took);
    await notifiersAt(sns.url).send(notice(`${topic}.fifo`), AbortSignal.timeout(10_000));
    const form = new URLSearchParams(sns.heard[0]?.body);
    assert.deepEqual([form.get('MessageGroupId'), form.get('MessageDeduplicationId')], ['d-1', 'the-id']);
  });

  it('that refuses is an error with its words; only what no second try changes is final', async () => {
    for (const [status, code, mayRetry] of [[403, 'AuthorizationError', true], [404, 'NotFound', true], [500, 'InternalFailure', true], [400, 'InvalidParameter', false]] as const) {
      await using sns = await aFarEnd(refuses(status, code));
      const trouble = await troubleOf(notifiersAt(sns.url).send(notice(), AbortSignal.timeout(10_000)));
      assert.match(trouble.message, /because/);
      assert.equal(trouble.mayRetry, mayRetry, code);
      assert.equal(sns.heard.length, 1, 'the SDK does not retry beside the table');
    }
  });

  it('that says nothing costs no more than the attempt may take', async () => {
    await using sns = await aFarEnd(() => {});
    const trouble = await troubleOf(notifiersAt(sns.url).send(notice(), AbortSignal.timeout(300)));
    assert.match(trouble.message, /did not answer in time/);
  });

  it('is not reached by a controller that is not configured for SNS, which says so', async () => {
    const notifiers = makeNotifiers({ webhooks: { secrets: [], named: new Map(), allowsInsecure: false, ca: null }, sns: null }, { now: () => 0 });
    const trouble = await troubleOf(notifiers.send(notice(), AbortSignal.timeout(1_000)));
    assert.match(trouble.message, /section "sns:"/);
  });
});
