// Notices to SNS topics, as CodeDeploy sends them. The AWS SDK is an optional dependency and loaded at the first notice, here
// only. Tested against a stand-in that speaks SNS's protocol; never run against AWS itself.

import type { SNSClient } from '@aws-sdk/client-sns';
import { DeliveryTrouble, type Notice, type Notifier } from './notifier.ts';

export interface SnsSettings {
  /** Null asks AWS itself. */
  readonly endpoint: string | null;
  /** Null takes what the SDK finds: environment, profile, instance. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

const topicPattern = /^arn:aws[a-z-]*:sns:([a-z0-9-]+):(\d+):([A-Za-z0-9_-]{1,256}(?:\.fifo)?)$/;

export function isTopic(target: string): boolean {
  return topicPattern.test(target);
}

export function snsNotifier({ endpoint, credentials }: SnsSettings): Notifier {
  const clients = new Map<string, Promise<{ readonly client: SNSClient; readonly sdk: typeof import('@aws-sdk/client-sns') }>>();

  async function open(region: string) {
    const sdk = await import('@aws-sdk/client-sns').catch(() => {
      throw new DeliveryTrouble('The package @aws-sdk/client-sns is not installed beside the controller; install it to reach SNS topics.');
    });
    // Retrying is the effects table's part.
    return { sdk, client: new sdk.SNSClient({ region, maxAttempts: 1, ...(endpoint === null ? {} : { endpoint }), ...(credentials === null ? {} : { credentials }) }) };
  }

  return {
    async send(notice, signal) {
      const region = topicPattern.exec(notice.target)?.[1] ?? '';
      const opened = clients.get(region) ?? open(region);
      clients.set(region, opened);
      const { sdk, client } = await opened.catch((error: unknown) => {
        clients.delete(region);
        throw error;
      });
      await client.send(new sdk.PublishCommand(publication(notice)), { abortSignal: signal }).catch((error: unknown) => {
        throw asTrouble(error, notice.target, signal);
      });
    },
  };
}

/** A FIFO topic keeps the order of a deployment, and takes each notice once. */
function publication({ target, subject, text, id, group, event }: Notice) {
  return {
    TopicArn: target,
    Subject: subject.replace(/[^\x20-\x7e]/g, '?').slice(0, 100),
    Message: text,
    MessageAttributes: { id: { DataType: 'String', StringValue: id }, event: { DataType: 'String', StringValue: event } },
    ...(target.endsWith('.fifo') ? { MessageGroupId: group, MessageDeduplicationId: id } : {}),
  };
}

/** What no second try of the same message changes. */
const final: ReadonlySet<string> = new Set(['InvalidParameterException', 'InvalidParameterValueException', 'InvalidParameter']);

function asTrouble(error: unknown, topic: string, signal: AbortSignal): DeliveryTrouble {
  if (signal.aborted) return new DeliveryTrouble(`SNS did not answer in time for ${topic}.`);
  const { name, message } = error as Error;
  return new DeliveryTrouble(`SNS did not take the message for ${topic}: ${name}: ${message}`, !final.has(name));
}
