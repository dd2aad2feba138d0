// The kinds of alarm sources: one file and one line here for each; their configuration is protocol/model/alarm.ts. A name that
// nobody defined is asked of CloudWatch where that is the default, as in CodeDeploy, and means nothing elsewhere.

import type { AlarmDefinition } from '../../protocol/model/alarm.ts';
import type { Clock } from '../../world/clock.ts';
import { AlarmTrouble, type AlarmSource, type Headers } from './alarm-source.ts';
import { openCloudWatch, type CloudWatchSettings } from './cloudwatch.ts';
import { httpSource } from './http.ts';
import { probeSource } from './probe.ts';
import { prometheusSource } from './prometheus.ts';

/** Of a request. */
const usualProbeTimeoutSeconds = 5;

export interface AlarmSources {
  /** The source of an alarm that was defined here. */
  open(definition: AlarmDefinition, headers: Headers): AlarmSource;
  /** The source of a name that nobody defined. */
  openUndefined(name: string): AlarmSource;
}

export interface AlarmSourceSettings {
  readonly cloudWatch: CloudWatchSettings;
  /** Names that nobody defined are CloudWatch's. */
  readonly isCloudWatchDefault: boolean;
}

export function makeAlarmSources(settings: AlarmSourceSettings, clock: Pick<Clock, 'monotonic' | 'after'>): AlarmSources {
  const cloudWatch = openCloudWatch(settings.cloudWatch);
  return {
    open({ name, source, timeoutSeconds }, headers) {
      switch (source.kind) {
        case 'prometheus':
          return prometheusSource(source, headers, clock);
        case 'cloudwatch':
          return cloudWatch.alarm(source.alarmName ?? name, source.region ?? null);
        case 'http':
          return httpSource(source, headers);
        case 'probe':
          return probeSource(source, headers, 1000 * (timeoutSeconds ?? usualProbeTimeoutSeconds), clock);
      }
    },
    openUndefined(name) {
      if (settings.isCloudWatchDefault) return cloudWatch.alarm(name, null);
      return { read: () => Promise.reject(new AlarmTrouble(`Nobody has defined the alarm ${name}. Define it with: fairlead alarm put`, false)) };
    },
  };
}
