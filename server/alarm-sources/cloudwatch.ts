// Alarms of Amazon CloudWatch, metric and composite ones, by name. The AWS SDK is an optional dependency and loaded at the
// first question, here only. Tested against a stand-in that speaks CloudWatch's protocol; never run against AWS itself.

import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { AlarmTrouble, type AlarmSource, type Reading } from './alarm-source.ts';

export interface CloudWatchSettings {
  /** For alarms that name none. Null: what the SDK finds. */
  readonly region: string | null;
  /** Null asks AWS itself. */
  readonly endpoint: string | null;
  /** Null takes what the SDK finds: environment, profile, instance. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

export interface CloudWatch {
  alarm(alarmName: string, region: string | null): AlarmSource;
}

/** One for a controller: its clients are kept by region. */
export function openCloudWatch(settings: CloudWatchSettings): CloudWatch {
  type Opened = { readonly client: CloudWatchClient; readonly sdk: typeof import('@aws-sdk/client-cloudwatch') };
  const clients = new Map<string | null, Promise<Opened>>();

  async function open(region: string | null): Promise<Opened> {
    const sdk = await import('@aws-sdk/client-cloudwatch').catch(() => {
      throw new AlarmTrouble('The package @aws-sdk/client-cloudwatch is not installed beside the controller; install it to watch CloudWatch alarms.', false);
    });
    const { endpoint, credentials } = settings;
    return { sdk, client: new sdk.CloudWatchClient({ maxAttempts: 1, ...(region === null ? {} : { region }), ...(endpoint === null ? {} : { endpoint }), ...(credentials === null ? {} : { credentials }) }) };
  }

  return {
    alarm: (alarmName, ownRegion) => ({
      async read(signal) {
        const region = ownRegion ?? settings.region;
        const opening = clients.get(region) ?? open(region);
        clients.set(region, opening);
        const { client, sdk } = await opening.catch((error: unknown) => {
          clients.delete(region);
          throw error;
        });
        const question = new sdk.DescribeAlarmsCommand({ AlarmNames: [alarmName], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: 2 });
        const { MetricAlarms = [], CompositeAlarms = [] } = await client.send(question, { abortSignal: signal }).catch((error: unknown) => {
          if (signal.aborted) throw new AlarmTrouble('CloudWatch did not answer in time.');
          const { name, message } = error as Error;
          throw new AlarmTrouble(`CloudWatch did not say how ${alarmName} stands: ${name}: ${message}`);
        });
        const found = [...MetricAlarms, ...CompositeAlarms].find((alarm) => alarm.AlarmName === alarmName);
        if (found === undefined) throw new AlarmTrouble(`CloudWatch has no alarm ${alarmName}${region === null ? '' : ` in ${region}`}. Names count to the letter, and alarms belong to a region.`, false);
        return { state: stateOf(found.StateValue), detail: `CloudWatch says ${found.StateValue ?? 'nothing'}${found.StateReason === undefined ? '.' : `: ${found.StateReason}`}`.slice(0, 1000) };
      },
    }),
  };
}

function stateOf(value: string | undefined): Reading['state'] {
  return value === 'OK' || value === 'ALARM' ? value : 'INCONCLUSIVE';
}
