// What systemd is told: ready, a status line, stopping, and that the watchdog may rest. Node has no datagram sockets of
// the unix kind, so each message is a run of the systemd-notify program; the package of that name knows only some of
// them. Where there is no NOTIFY_SOCKET nothing is run and nothing is loaded.

import { spawn } from 'node:child_process';

export interface ServiceManager {
  ready(status: string): void;
  status(status: string): void;
  stopping(): Promise<void>;
  watchdog(): void;
  /** How often the watchdog wants to hear from us; null when it does not. */
  readonly watchdogMs: number | null;
}

type Notify = (message: { readonly ready?: boolean; readonly status?: string; readonly pid?: number }) => Promise<unknown>;

/** The service manager this process runs under, or one that does nothing. Failures to notify are ignored: they change nothing here. */
export async function findServiceManager(environment: Readonly<Record<string, string | undefined>>): Promise<ServiceManager> {
  if (environment['NOTIFY_SOCKET'] === undefined) {
    return { ready() {}, status() {}, stopping: async () => undefined, watchdog() {}, watchdogMs: null };
  }
  // @ts-expect-error The package has no types.
  const { default: notify } = (await import('systemd-notify')) as { default: Notify };
  const watchdogUs = Number(environment['WATCHDOG_USEC']);
  const watchdogMs = Number.isFinite(watchdogUs) && watchdogUs > 0 ? watchdogUs / 1_000 : null;
  const tell = (message: Parameters<Notify>[0]) => void notify(message).catch(() => undefined);
  return {
    ready: (status) => tell({ ready: true, status }),
    status: (status) => tell({ status }),
    stopping: () => send('STOPPING=1'),
    watchdog: () => void send('WATCHDOG=1'),
    watchdogMs,
  };
}

function send(message: string): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn('systemd-notify', [`--pid=${process.pid}`, message], { stdio: 'ignore' });
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}
