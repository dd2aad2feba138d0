// Alarms by a Prometheus query and a threshold, asked over Prometheus' HTTP API (Thanos, Mimir and VictoriaMetrics speak it
// too). One sample that fits the comparison is an alarm; no sample at all says nothing.

import type { PrometheusAlarm } from '../../protocol/model/alarm.ts';
import type { Clock } from '../../world/clock.ts';
import { AlarmTrouble, type AlarmSource, type Headers, type Reading } from './alarm-source.ts';
import { askSource } from './ask-source.ts';
import { comparisonSigns, holds } from './compare.ts';

export function prometheusSource(alarm: PrometheusAlarm, headers: Headers, clock: Pick<Clock, 'monotonic'>): AlarmSource {
  const url = new URL(`${alarm.url.replace(/\/+$/, '')}/api/v1/query`);
  url.searchParams.set('query', alarm.query);
  const forMs = 1000 * (alarm.forSeconds ?? 0);
  /** Since when the comparison has held without a break, on the monotonic clock. */
  let since: number | null = null;
  return {
    async read(signal) {
      const values = valuesIn(await askSource(url, headers, signal), url);
      const reading = judge(values, alarm);
      if (reading.state !== 'ALARM') {
        since = null;
        return reading;
      }
      since ??= clock.monotonic();
      const heldMs = clock.monotonic() - since;
      if (heldMs >= forMs) return reading;
      return { state: 'INCONCLUSIVE', detail: `${reading.detail} This has held for ${Math.floor(heldMs / 1000)} s and counts from ${alarm.forSeconds} s on.` };
    },
  };
}

function judge(values: readonly number[], { comparison, threshold }: PrometheusAlarm): Reading {
  const numbers = values.filter((value) => !Number.isNaN(value));
  if (numbers.length === 0) return { state: 'INCONCLUSIVE', detail: values.length === 0 ? 'The query gives no data.' : 'The query gives no number.' };
  const guilty = numbers.find((value) => holds(value, comparison, threshold) === true);
  const rule = `${comparisonSigns[comparison]} ${threshold}`;
  if (guilty !== undefined) return { state: 'ALARM', detail: `The query gives ${guilty}, which is ${rule}.` };
  return { state: 'OK', detail: `The query gives ${numbers[0]}${numbers.length > 1 ? ` and ${numbers.length - 1} more` : ''}; an alarm would be ${rule}.` };
}

/** Samples of an instant query: of a vector, or a scalar. Throws AlarmTrouble. */
function valuesIn({ status, body }: { readonly status: number; readonly body: string }, url: URL): readonly number[] {
  const answer = parse(body);
  if (answer?.status === 'error') throw new AlarmTrouble(`Prometheus at ${url.host} refuses the query: ${String(answer.error).slice(0, 300)}.`);
  if (status !== 200) throw new AlarmTrouble(`Prometheus at ${url.host} answered ${status}.`);
  const { resultType, result } = answer?.data ?? {};
  if (resultType === 'scalar' && isSample(result)) return [toNumber(result[1])];
  if (resultType === 'vector' && Array.isArray(result)) {
    const samples = result.map((one: { readonly value?: unknown }) => one.value);
    if (samples.every(isSample)) return samples.map((sample) => toNumber(sample[1]));
  }
  throw new AlarmTrouble(`${url.host} did not answer as Prometheus does: the query must give a vector or a scalar.`);
}

interface PrometheusAnswer {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
}

function parse(body: string): PrometheusAnswer | null {
  try {
    return JSON.parse(body) as PrometheusAnswer | null;
  } catch {
    return null;
  }
}

function isSample(value: unknown): value is readonly [number, string] {
  return Array.isArray(value) && value.length === 2 && typeof value[1] === 'string';
}

/** Prometheus writes +Inf and -Inf. */
function toNumber(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}
