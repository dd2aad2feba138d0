// Alarms by any HTTP address: an answer that is as expected is well, one that is not is an alarm, and none at all is an error.

import type { HttpAlarm } from '../../protocol/model/alarm.ts';
import type { AlarmSource, Headers, Reading } from './alarm-source.ts';
import { askSource } from './ask-source.ts';
import { comparisonSigns, holds } from './compare.ts';

export function httpSource(alarm: HttpAlarm, headers: Headers): AlarmSource {
  const url = new URL(alarm.url);
  return {
    async read(signal) {
      return judge(await askSource(url, headers, signal), alarm, url.host);
    },
  };
}

function judge({ status, body }: { readonly status: number; readonly body: string }, alarm: HttpAlarm, host: string): Reading {
  const isExpected = alarm.expectedStatus === undefined ? status >= 200 && status <= 299 : status === alarm.expectedStatus;
  if (!isExpected) return { state: 'ALARM', detail: `${host} answered ${status}; expected was ${alarm.expectedStatus ?? 'any 2xx'}.` };
  if (alarm.pointer === undefined || alarm.value === undefined) return { state: 'OK', detail: `${host} answered ${status}.` };
  const found = lookUp(body, alarm.pointer);
  if (found === undefined) return { state: 'INCONCLUSIVE', detail: `${host} answered ${status}, with nothing at ${alarm.pointer || 'the root'} of its answer.` };
  const comparison = alarm.comparison ?? 'EQUAL';
  const isWell = holds(found, comparison, alarm.value);
  const shown = JSON.stringify(found).slice(0, 100);
  const rule = `${comparisonSigns[comparison]} ${JSON.stringify(alarm.value)}`;
  if (isWell === null) return { state: 'INCONCLUSIVE', detail: `${alarm.pointer} is ${shown}, which cannot be compared: expected was ${rule}.` };
  return isWell ? { state: 'OK', detail: `${alarm.pointer} is ${shown}.` } : { state: 'ALARM', detail: `${alarm.pointer} is ${shown}; expected was ${rule}.` };
}

/** What a JSON pointer (RFC 6901) leads to; undefined where there is nothing, or no JSON. */
function lookUp(body: string, pointer: string): unknown {
  let here: unknown;
  try {
    here = JSON.parse(body);
  } catch {
    return undefined;
  }
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}
