// A synthetic probe: the service itself is asked at a fixed rate, through its balancer, for as long as somebody wants to know,
// and what fails is counted. It is an alarm once so many have failed within the last minute.
//
// What would surprise: it goes on asking between readings, which only tell what was counted. It stops when it is not read for
// a while, or when whoever reads it leaves. A request that got no answer has failed, as one with an unexpected answer has:
// here that is the news, and no trouble. Each has a connection of its own, as new clients have.

import type { ProbeAlarm } from '../../protocol/model/alarm.ts';
import type { Clock, Timer } from '../../world/clock.ts';
import { AlarmTrouble, type AlarmSource, type Headers, type Reading } from './alarm-source.ts';
import { askSource } from './ask-source.ts';

const usualPerSecond = 5;
const withinMs = 60_000;
/** Unread for so long it is nobody's any more. */
const unreadMs = 10_000;

export function probeSource(alarm: ProbeAlarm, headers: Headers, timeoutMs: number, clock: Pick<Clock, 'monotonic' | 'after'>): AlarmSource {
  const url = new URL(alarm.url);
  const everyMs = 1000 / (alarm.perSecond ?? usualPerSecond);
  const most = alarm.failures ?? 1;
  const counts = { answered: 0, failed: 0, lastTrouble: '' };
  let failedAt: number[] = [];
  let timer: Timer | null = null;
  let dueAt = 0;
  let readAt = 0;
  let stop = new AbortController();

  function begin(signal: AbortSignal): void {
    readAt = clock.monotonic();
    const leave = (): void => stop.abort();
    signal.addEventListener('abort', leave, { once: true });
    if (timer !== null && !stop.signal.aborted) return;
    timer?.cancel();
    stop = new AbortController();
    dueAt = readAt;
    beat();
  }

  function beat(): void {
    timer = null;
    if (stop.signal.aborted || clock.monotonic() - readAt > unreadMs) return;
    void probe(stop.signal);
    // By the plan, whatever a request takes; what was missed while the process stood still is not made up for.
    dueAt = Math.max(dueAt + everyMs, clock.monotonic());
    timer = clock.after(Math.max(1, dueAt - clock.monotonic()), beat);
  }

  async function probe(leaving: AbortSignal): Promise<void> {
    const hurry = new AbortController();
    const deadline = clock.after(timeoutMs, () => hurry.abort());
    const trouble = await askSource(url, headers, AbortSignal.any([hurry.signal, leaving])).then(
      ({ status }) => (isExpected(status) ? null : `it answered ${status}`),
      (error: unknown) => (error instanceof AlarmTrouble ? error.message.replace(/\.$/, '') : String(error)),
    );
    deadline.cancel();
    if (leaving.aborted) return;
    if (trouble === null) {
      counts.answered += 1;
      return;
    }
    counts.failed += 1;
    counts.lastTrouble = trouble;
    failedAt.push(clock.monotonic());
  }

  const isExpected = (status: number): boolean => (alarm.expectedStatus === undefined ? status >= 200 && status <= 299 : status === alarm.expectedStatus);

  return {
    async read(signal): Promise<Reading> {
      begin(signal);
      failedAt = failedAt.filter((at) => clock.monotonic() - at < withinMs);
      const { answered, failed, lastTrouble } = counts;
      const told = `${answered + failed} probes of ${url.host}, ${failed} failed${failed === 0 ? '' : `, the last one: ${lastTrouble}`}.`;
      if (failedAt.length >= most) return { state: 'ALARM', detail: told };
      return { state: answered + failed === 0 ? 'INCONCLUSIVE' : 'OK', detail: told };
    },
  };
}
