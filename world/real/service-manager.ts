// What systemd is told: ready, a status line, stopping, and that the watchdog may rest. Node has no datagram sockets of
// the unix kind, so each message is a run of the systemd-notify program; the package of that name knows only some of
// them. Where there is no NOTIFY_SOCKET nothing is run and nothing is loaded. The status may change faster than programs
// should be run for it: then only the latest is told, some at once and from then on one a second.

import { spawn } from 'node:child_process';
import type { Clock } from '../clock.ts';

export interface ServiceManager {
  ready(status: string): void;
  status(status: string): void;
  stopping(status: string): Promise<void>;
  watchdog(): void;
  /** How often the watchdog wants to hear from us; null when it does not. */
  readonly watchdogMs: number | null;
}

type Notify = (message: { readonly ready?: boolean; readonly status?: string; readonly pid?: number }) => Promise<unknown>;

const betweenStatusesMs = 1_000;
const atOnce = 5;

/** The service manager this process runs under, or one that does nothing. Failures to notify are ignored: they change nothing here. */
export async function findServiceManager(environment: Readonly<Record<string, string | undefined>>, clock: Clock): Promise<ServiceManager> {
  if (environment['NOTIFY_SOCKET'] === undefined) {
    return { ready() {}, status() {}, stopping: async () => undefined, watchdog() {}, watchdogMs: null };
  }
  // @ts-expect-error The package has no types.
  const { default: notify } = (await import('systemd-notify')) as { default: Notify };
  const watchdogUs = Number(environment['WATCHDOG_USEC']);
  const watchdogMs = Number.isFinite(watchdogUs) && watchdogUs > 0 ? watchdogUs / 1_000 : null;
  let credit = atOnce;
  // One program after the other: two at once would arrive in any order.
  let told: Promise<unknown> = Promise.resolve();
  let latest: string | null = null;
  const tell = (message: Parameters<Notify>[0]): void => {
    credit -= 1;
    clock.after((atOnce - credit) * betweenStatusesMs, () => {
      credit += 1;
      if (latest !== null) tellStatus(latest);
    });
    told = told.then(() => notify(message)).catch(() => undefined);
  };
  const tellStatus = (text: string): void => {
    latest = null;
    tell({ status: text });
  };
  return {
    ready(text) {
      latest = null;
      tell({ ready: true, status: oneLine(text) });
    },
    status(text) {
      if (credit <= 0) latest = oneLine(text);
      else tellStatus(oneLine(text));
    },
    async stopping(text) {
      latest = null;
      await told;
      await send('STOPPING=1', `STATUS=${oneLine(text)}`);
    },
    watchdog: () => void send('WATCHDOG=1'),
    watchdogMs,
  };
}

/** A line break would begin another message. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').slice(0, 500);
}

/** Feeds the watchdog for as long as `isWell` says so: three times in its interval, as it may be late. */
export function feedWatchdog({ watchdogMs, watchdog }: Pick<ServiceManager, 'watchdogMs' | 'watchdog'>, clock: Clock, isWell: () => boolean): void {
  if (watchdogMs === null) return;
  const feed = (): void => {
    if (isWell()) watchdog();
    clock.after(watchdogMs / 3, feed);
  };
  feed();
}

function send(...message: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...message], { stdio: 'ignore' });
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}
